// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Dockerfiles have this syntax too
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorOf, parse, place } from "./fixtures.ts";
import { resolveStageName } from "./stage-name.ts";

function from(line: string) {
  const { image, platform, alias } = parse(line).stages[0]?.from ?? {};
  return [image?.text, platform?.text, alias?.text];
}

test("FROM has an image, a platform and a name", () => {
  assert.deepEqual(from("FROM debian:13"), ["debian:13", undefined, undefined]);
  assert.deepEqual(from("FROM debian AS Build"), ["debian", undefined, "Build"]);
  assert.deepEqual(from("FROM --platform=$BUILDPLATFORM x:$V@sha256:ab as b.1_c-d"), [
    "x:$V@sha256:ab",
    "$BUILDPLATFORM",
    "b.1_c-d",
  ]);
  assert.deepEqual(from('FROM --platform="linux/arm64" x'), ["x", "linux/arm64", undefined]);
  assert.deepEqual(from("FROM ${X:-a}"), ["${X:-a}", undefined, undefined]);
});

test("FROM with other numbers of words is an error", () => {
  const message = "FROM requires either one or three arguments | write FROM image or FROM image AS name";
  assert.equal(
    errorOf(() => parse("FROM")),
    `1:1-1:5 ${message}`,
  );
  assert.equal(
    errorOf(() => parse("FROM a b")),
    `1:1-1:9 ${message}`,
  );
  assert.equal(
    errorOf(() => parse("FROM a AS")),
    `1:1-1:10 ${message}`,
  );
  assert.equal(
    errorOf(() => parse("FROM a IS b")),
    `1:1-1:12 ${message}`,
  );
  assert.equal(
    errorOf(() => parse("FROM a AS b c")),
    `1:1-1:14 ${message}`,
  );
});

test("a stage name begins with a letter and has no symbols", () => {
  for (const name of ["0", "1a", "_a", "-a", "a:b", "a/b", "é", "a$b"]) {
    const range = `1:11-1:${11 + name.length}`;
    assert.equal(
      errorOf(() => parse(`FROM a AS ${name}`)),
      `${range} invalid name for build stage: "${name}", name can't start with a number or contain symbols | stage names are letters, digits, - _ and ., beginning with a letter`,
    );
  }
});

test("only ARG may stand before the first FROM", () => {
  const file = parse("ARG A=1 B\nARG C=$A\nFROM x:$A\nARG A\nFROM y\nRUN z");
  assert.deepEqual(
    file.globalArgs.flatMap(({ pairs }) => pairs.map(({ key, value }) => [key.text, value?.text])),
    [
      ["A", "1"],
      ["B", undefined],
      ["C", "$A"],
    ],
  );
  assert.deepEqual(
    file.stages.map(({ index, instructions }) => [index, instructions.map(({ text }) => text)]),
    [
      [0, ["ARG A"]],
      [1, ["RUN z"]],
    ],
  );
  const message =
    "no build stage in current context | a Dockerfile begins with FROM; only ARG may stand before it";
  assert.equal(
    errorOf(() => parse("ARG A\nRUN b\nFROM c")),
    `2:1-2:6 ${message}`,
  );
  assert.equal(
    errorOf(() => parse("ARG A\n")),
    `1:1-1:6 ${message}`,
  );
});

test("a stage is found by name whatever its case, the last one wins, and by number", () => {
  const { stages } = parse("FROM a AS One\nFROM b\nFROM c AS one\nFROM d AS two");
  const found = (name: string) => resolveStageName(stages, name)?.index;
  assert.deepEqual(["one", "ONE", "two", "0", "1", "3", "4", "x", "-1", "1x", ""].map(found), [
    2,
    2,
    3,
    0,
    1,
    3,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("flags: an unknown one, one given twice, one without a value", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["FROM --platfrom=x a", "1:6-1:18 unknown flag: --platfrom | did you mean --platform?"],
    ["FROM --x=y a", "1:6-1:11 unknown flag: --x | FROM takes --platform"],
    [
      "FROM --platform=a --platform=b c",
      "1:19-1:31 duplicate flag specified: --platform | give --platform once",
    ],
    ["FROM --platform a", "1:6-1:16 missing a value on flag: --platform | write --platform=VALUE"],
    [
      "FROM a\nCOPY --link=maybe a b",
      "2:6-2:18 expecting boolean value for flag --link, not: maybe | write true or false",
    ],
    ["FROM a\nCOPY --link --link a b", "2:13-2:19 duplicate flag specified: --link | give --link once"],
    ["FROM a\nENV --x a=b", "2:5-2:8 unknown flag: --x | ENV takes no flags"],
    [
      "FROM a\nCOPY --checksum=x a b",
      "2:6-2:18 unknown flag: --checksum | COPY takes --from, --chown, --chmod, --link, --parents, --exclude",
    ],
    [
      "FROM a\nADD --from=x a b",
      "2:5-2:13 unknown flag: --from | ADD takes --chown, --chmod, --link, --keep-git-dir, --checksum, --unpack, --exclude",
    ],
  ];
  for (const [text, message] of cases)
    assert.equal(
      errorOf(() => parse(text)),
      message,
    );
});

test("flags end at the first word that is none, and at a bare --", () => {
  const copy = parse("FROM a\nCOPY --link -- --chown=x a --chmod=1 b").stages[0]?.instructions[0];
  assert.ok(copy?.keyword === "COPY");
  assert.deepEqual(
    [copy.link, copy.sources.map(({ text }) => text), copy.chown],
    [true, ["--chown=x", "a", "--chmod=1"], undefined],
  );
  assert.equal(place(copy.destination.range), "2:38-2:39");
});
