import assert from "node:assert/strict";
import { test } from "node:test";
import { errorOf, only, parse, texts } from "./fixtures.ts";

test("a JSON list of strings is the exec form", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['["a"]', ["a"]],
    ['[ "a" , "b c" ]', ["a", "b c"]],
    ["[]", []],
    ['["\\u0041\\n", "\\""]', ["A\n", '"']],
    ['["$x"]', ["$x"]],
  ];
  for (const [text, args] of cases) {
    for (const keyword of ["RUN", "CMD", "ENTRYPOINT"] as const)
      assert.deepEqual(only(keyword, `${keyword} ${text}`).command, { form: "exec", args }, text);
    if (args.length > 0) assert.deepEqual(only("SHELL", `SHELL ${text}`).args, args);
  }
});

test("continuation lines may stand inside the list", () => {
  const { command } = only("CMD", 'CMD [ \\\n  "a", \\\n# no\n  "b" ]');
  assert.deepEqual(command, { form: "exec", args: ["a", "b"] });
});

test("what is no JSON falls back to the shell form, as written", () => {
  for (const text of [
    "['a']",
    '["a"',
    '["a",]',
    '["a"] x',
    "[a]",
    "[",
    '["\\x"]',
    "[ -f x ] && y",
    '{"a":1}',
  ])
    assert.deepEqual(only("RUN", `RUN ${text}`).command, { form: "shell", text, heredocs: [] }, text);
  assert.deepEqual(texts(only("COPY", "COPY [a] b").sources), ["[a]"]);
  assert.deepEqual(texts(only("VOLUME", "VOLUME ['a'] b").words), ["['a']", "b"]);
});

test("a JSON list of something else is an error", () => {
  const message =
    'when using JSON array syntax, arrays must be comprised of strings only | put every argument into double quotes: ["node", "app.js"]';
  assert.equal(
    errorOf(() => parse("FROM a\nCMD [1]")),
    `2:5-2:8 ${message}`,
  );
  for (const line of [
    'RUN ["a", 1]',
    'COPY [["a"], "b"]',
    "ENTRYPOINT [null]",
    'VOLUME [{"a":1}]',
    "SHELL [true]",
  ])
    assert.match(
      errorOf(() => parse(`FROM a\n${line}`)),
      /^2:\S+ when using JSON array syntax/,
      line,
    );
});

test("paths with spaces stand in the JSON form", () => {
  const copy = only("COPY", 'COPY --chown=1 ["a b", "c", "d e/"]');
  assert.deepEqual([texts(copy.sources), copy.destination.text], [["a b", "c"], "d e/"]);
  assert.equal(
    errorOf(() => parse('FROM a\nADD ["a"]')).split(" | ")[0],
    "2:1-2:10 ADD requires at least two arguments, but only one was provided. Destination could not be determined",
  );
});

test("without arguments RUN, CMD and ENTRYPOINT have an empty shell form", () => {
  for (const keyword of ["RUN", "CMD", "ENTRYPOINT"] as const)
    assert.deepEqual(only(keyword, keyword).command, { form: "shell", text: "", heredocs: [] });
});
