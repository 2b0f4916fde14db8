import assert from "node:assert/strict";
import { test } from "node:test";
import { TareError } from "../../base/index.ts";
import { settleEpoch } from "./epoch.ts";

const settle = (given: string | number | undefined, source = "FROM scratch", time?: number) =>
  settleEpoch(given, {
    dockerfile: { file: "Dockerfile", source },
    time: async () => time,
    buildArgs: { HOST: "given" },
    namedTime: (name) => ({ code: async () => 10, files: async () => undefined })[name],
    timeOf: async (address) => address.length,
  });

test("the time is what was given, else the default before the first FROM, else none", async () => {
  const withDefault = "ARG SOURCE_DATE_EPOCH=5\nFROM scratch\nARG SOURCE_DATE_EPOCH=6";
  assert.deepEqual(await settle("0"), { seconds: 0 });
  assert.deepEqual(await settle(7, withDefault), { seconds: 7 });
  assert.deepEqual(await settle(undefined, withDefault), { seconds: 5 });
  assert.deepEqual(await settle("", withDefault), {}, "nothing takes the default away");
  for (const source of ["FROM scratch\nARG SOURCE_DATE_EPOCH=6", "ARG SOURCE_DATE_EPOCH\nFROM scratch"])
    assert.deepEqual(await settle(undefined, source), {}, source);
});

test("context is the time of the context, and nothing where that has none", async () => {
  assert.deepEqual(await settle("context", undefined, 8), { seconds: 8 });
  assert.deepEqual(await settle("context"), { isTimeless: true });
  const source = "ARG SOURCE_DATE_EPOCH=context\nFROM scratch";
  assert.deepEqual(await settle(undefined, source, 8), { seconds: 8 });
  assert.deepEqual(await settle(undefined, source), { isTimeless: true });
});

test("anything else is refused, in a Dockerfile with its place", async () => {
  await assert.rejects(settle("yesterday"), { code: "user-bad-flag" });
  const inFile = settle(undefined, "# one\nARG SOURCE_DATE_EPOCH=built\nFROM scratch AS build");
  await assert.rejects(inFile, (error) => {
    assert.ok(error instanceof TareError);
    assert.equal(error.facts.location?.range.start.line, 2);
    return error.code === "user-dockerfile-semantics";
  });
});

test("a default sees the arguments above it", async () => {
  assert.deepEqual(await settle(undefined, "ARG T=9\nARG SOURCE_DATE_EPOCH=$T\nFROM scratch"), {
    seconds: 9,
  });
});

test("a named context tells its time, which a folder has not", async () => {
  assert.deepEqual(await settle("code", "FROM scratch AS code\nADD https://h/a /"), { seconds: 10 });
  assert.deepEqual(await settle("files"), { isTimeless: true });
});

test("a stage that is one remote ADD tells the time of that", async () => {
  const stage =
    'ARG HOST=h\nFROM scratch AS Src\nARG P="/x$HOST"\nADD --checksum=sha256:0 https://$HOST$P /\nFROM x';
  const { length } = "https://given/xgiven";
  assert.deepEqual(await settle("src", stage), { seconds: length });
  const inFile = `ARG SOURCE_DATE_EPOCH=SRC\n${stage}`;
  assert.deepEqual(await settle(undefined, inFile), { seconds: length });
});

test("a stage that is anything else tells no time, which is an error at its place", async () => {
  const cases: readonly (readonly [string, number])[] = [
    ["FROM x AS s\nADD https://h/a /", 1],
    ["FROM scratch AS s", 1],
    ["FROM scratch AS s\nADD a /", 2],
    ["FROM scratch AS s\nADD https://h/a https://h/b /", 2],
    ["FROM scratch AS s\nADD https://h/a /\nADD https://h/b /", 3],
    ["FROM scratch AS s\nADD https://h/a /\nRUN x", 3],
    ["FROM scratch AS s\nCOPY a /", 2],
  ];
  for (const [source, line] of cases)
    await assert.rejects(settle("s", source), (error) => {
      assert.ok(error instanceof TareError && error.code === "user-dockerfile-semantics", source);
      return error.facts.location?.range.start.line === line;
    });
});
