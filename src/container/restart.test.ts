import assert from "node:assert/strict";
import { test } from "node:test";
import type { RestartPolicy } from "../store/index.ts";
import { parseRestart, runUntilItStays } from "./restart.ts";

/** Runs a process that leaves with these codes, one after the other: how often, what it left with, what was told. */
async function runs(policy: RestartPolicy, codes: readonly number[], stopAfter = Number.POSITIVE_INFINITY) {
  const stopped = new AbortController();
  const paused: number[] = [];
  let count = 0;
  const code = await runUntilItStays(
    async () => {
      const next = codes[count++] as number;
      if (count === stopAfter) stopped.abort();
      return next;
    },
    { policy, life: { pause: (exitCode) => paused.push(exitCode) }, now: () => 0, stopped: stopped.signal },
  );
  return { count, code, paused };
}

test("a process is started again as its policy says", async () => {
  assert.deepEqual(await runs(parseRestart("no"), [1]), { count: 1, code: 1, paused: [] });
  assert.deepEqual(await runs(parseRestart("on-failure:1"), [3, 4]), { count: 2, code: 4, paused: [3] });
  assert.deepEqual(await runs(parseRestart("on-failure"), [3, 0]), { count: 2, code: 0, paused: [3] });
  assert.deepEqual(await runs(parseRestart("always"), [0, 7], 2), { count: 2, code: 7, paused: [0] });
});

test("who stops a container while it waits for its next start has not to wait for that", async () => {
  const stopped = new AbortController();
  const life = { pause: () => setImmediate(() => stopped.abort()) };
  const policy = parseRestart("unless-stopped");
  // Each pause is twice as long: the tenth one would be a minute.
  assert.equal(
    await runUntilItStays(async () => 5, { policy, life, now: () => 0, stopped: stopped.signal }),
    5,
  );
});

test("policies are Docker's", () => {
  assert.deepEqual(parseRestart("on-failure:5"), { name: "on-failure", maximum: 5 });
  assert.deepEqual(parseRestart(""), { name: "no", maximum: 0 });
  for (const text of ["sometimes", "always:3", "on-failure:x", "on-failure:1:2", "on-failure:-1"])
    assert.throws(() => parseRestart(text), { code: "user-bad-flag" });
});
