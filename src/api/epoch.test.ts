import assert from "node:assert/strict";
import { test } from "node:test";
import { TareError } from "../base/index.ts";
import { settleEpoch } from "./epoch.ts";

const settle = (given: string | number | undefined, source = "FROM scratch", time?: number) =>
  settleEpoch(given, { dockerfile: { file: "Dockerfile", source }, time: async () => time });

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
  const inFile = settle(undefined, "# one\nARG SOURCE_DATE_EPOCH=build\nFROM scratch AS build");
  await assert.rejects(inFile, (error) => {
    assert.ok(error instanceof TareError);
    assert.equal(error.facts.location?.range.start.line, 2);
    return error.code === "user-dockerfile-semantics";
  });
});
