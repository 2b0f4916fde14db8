import assert from "node:assert/strict";
import { test } from "node:test";
import { cacheJob } from "./cache-job.ts";

test("an inline cache is asked for by its type, or as docker build does", () => {
  const asked = (more: Partial<Parameters<typeof cacheJob>[0]>) =>
    cacheJob({ context: ".", ...more }).inlineCache;
  assert.equal(asked({}), false);
  assert.equal(asked({ cacheTo: [{ type: "inline" }] }), true);
  assert.equal(asked({ buildArgs: { BUILDKIT_INLINE_CACHE: "1" } }), true);
  assert.equal(asked({ buildArgs: { BUILDKIT_INLINE_CACHE: "0" } }), false);
});
