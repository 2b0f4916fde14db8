import assert from "node:assert/strict";
import { test } from "node:test";
import { syntaxOf } from "./directives.ts";
import { errorOf, instructions, only, parse, texts } from "./fixtures.ts";

// Cases that a comparison with the reference's own parser found.

test("escape is read from indented lines too, but not behind #!", () => {
  for (const [text, escape] of [
    ["# escape=`", "`"],
    ["  # ESCAPE\t=\t`  ", "`"],
    ["# check=skip=all\n# escape=`", "`"],
    ["#!/usr/bin/env x\n# escape=`", "\\"],
    ["# escape\u00a0=`", "\\"],
    ["# other=1\n# escape=`", "\\"],
  ])
    assert.equal(parse(`${text}\nFROM a`).escape, escape, text);
});

test("a value of a directive may be a space, which is then wrong", () => {
  assert.match(
    errorOf(() => parse("# escape= \nFROM a")),
    /^1:1-1:11 invalid escape token ' ' /,
  );
});

test("other directives are looked for behind #! and without indentation", () => {
  const keys = (text: string) => parse(`${text}\nFROM a`).directives.map(({ key }) => key);
  assert.deepEqual(keys("#!/bin/x\n# check=skip=all\n# syntax=a"), ["check", "syntax"]);
  assert.deepEqual(keys("  # check=skip=all"), []);
});

test("the frontend of a file is found in all forms", () => {
  for (const [text, value] of [
    ["\ufeff# syntax=a/b:1 c\nFROM a", "a/b:1 c"],
    ["#!/bin/x\n#syntax = a", "a"],
    ["// escape=x\n//syntax=a\nx", "a"],
    ['#!x\n { "syntax": "a" }\n', "a"],
    ["FROM a\n# syntax=a", undefined],
    ['{ "syntax": 1 }', undefined],
    ["{ syntax: a", undefined],
  ] as const)
    assert.equal(syntaxOf(text)?.value, value, text);
});

test("the escape character of flags is the file's", () => {
  const [copy] = parse("# escape=`\nFROM a\nCOPY --from=a` b --chown=x\\y c d").stages[0]?.instructions ?? [];
  assert.ok(copy?.keyword === "COPY");
  assert.deepEqual([copy.from?.text, copy.chown?.text], ["a b", "x\\y"]);
});

test("a byte order mark inside the file is no white space", () => {
  assert.equal(only("USER", "USER a \ufeff").word.text, "a \ufeff");
  assert.equal(only("USER", "USER a\u0085\u3000").word.text, "a");
});

test("words are split at ASCII white space, the ends of the line trimmed of any", () => {
  assert.deepEqual(texts(only("VOLUME", "VOLUME /a\u00a0b \u00a0/c\u00a0 /d\u00a0").words), [
    "/a\u00a0b",
    "/c",
    "/d",
  ]);
  assert.deepEqual(texts(only("EXPOSE", "EXPOSE b \u00a0a").words), ["b", "\u00a0a"]);
  const pair = only("ENV", "ENV a\u00a0 \u00a0b").pairs[0];
  assert.deepEqual([pair?.key.text, pair?.value?.text], ["a\u00a0", "\u00a0b"]);
});

test("half of a character in a JSON list becomes the replacement character", () => {
  assert.deepEqual(only("SHELL", 'SHELL ["\\ud800", "\\ud83d\\ude00"]').args, ["\ufffd", "😀"]);
});

test("a lone escape character at the end of pairs is nothing", () => {
  assert.deepEqual(
    only("LABEL", "LABEL a=b \\\u00a0").pairs.map(({ key }) => key.text),
    ["a"],
  );
});

test("a trigger keeps the white space behind it", () => {
  assert.equal(only("ONBUILD", "ONBUILD\t \tRUN a\t ").trigger, "RUN a\t ");
});

test("a trigger has the shape of its instruction, whatever it says", () => {
  for (const [trigger, message] of [
    ["RUN [1]", "when using JSON array syntax, arrays must be comprised of strings only"],
    ["HEALTHCHECK CMD [[]]", "when using JSON array syntax, arrays must be comprised of strings only"],
    ["ENV a", "ENV must have two arguments"],
    ["LABEL a=b c", `Syntax error - can't find = in "c". Must be of the form: name=value`],
  ])
    assert.match(
      errorOf(() => instructions(`ONBUILD ${trigger}`)),
      new RegExp(`^2:.* ${message?.replaceAll(".", "\\.")} \\|`),
    );
  for (const trigger of ["COPY a", "ENV =a", "CMD [1", "SHELL x", "FRMO a", "RUN --x a"])
    assert.equal(only("ONBUILD", `ONBUILD ${trigger}`).trigger, trigger);
});

test("HEALTHCHECK NONE takes an empty list", () => {
  assert.equal(only("HEALTHCHECK", "HEALTHCHECK NONE []").test, undefined);
});

test("a mount's fields are those of a line of CSV", () => {
  const options = (text: string) =>
    only("RUN", `RUN --mount=${text} x`).mounts[0]?.options.map(({ key, value }) => `${key}:${value}`);
  assert.deepEqual(options(`type=cache,'"target=/a,""b"""'`), ["type:cache", 'target:/a,"b"']);
  assert.deepEqual(options("a,,RO"), ["a:", ":", "ro:"]);
  assert.deepEqual(options("from=a$"), ["from:a$"]);
  for (const [text, place] of [
    ["", "2:13-2:14"],
    [`'a"b'`, "2:13-2:16"],
    [`'"a"b'`, "2:13-2:17"],
    [`'"a'`, "2:13-2:15"],
  ])
    assert.match(
      errorOf(() => instructions(`RUN --mount=${text} x`)),
      new RegExp(`^${place} failed to parse csv mounts: .* \\| \\S`),
    );
  assert.match(
    errorOf(() => instructions("RUN --mount=type=bind,FROM=a$b,target=/x y")),
    /^2:13-.* 'from' doesn't support variable expansion.* \| write FROM/,
  );
});

test("networks and security modes are known before anything is built", () => {
  assert.equal(
    errorOf(() => instructions("RUN --network=hots x")),
    '2:15-2:19 invalid network mode "hots" | did you mean host?',
  );
  assert.equal(
    errorOf(() => instructions("RUN --security= x")),
    '2:16-2:17 security "" is not valid | it takes sandbox, insecure',
  );
});

test("a switch with = wants a value", () => {
  assert.equal(
    errorOf(() => instructions("COPY --link= a b")),
    "2:6-2:13 missing a value on flag: --link | write --link=true",
  );
});
