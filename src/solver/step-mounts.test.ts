import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { CacheMount } from "../graph/index.ts";
import type { StepTools } from "./run-step.ts";
import { openMounts } from "./step-mounts.ts";

type Asked = readonly [id: string, sharing: CacheMount["sharing"]];

/** What is asked of the store for a step's caches, in turn, and the paths that its process sees. */
async function opened(caches: readonly Asked[]) {
  const asked: Asked[] = [];
  const scratch = mkdtempSync(join(tmpdir(), "tare-mounts-"));
  const cacheMount: StepTools["cacheMount"] = async ({ id, sharing }) => {
    asked.push([id, sharing]);
    return { path: `/caches/${id}`, [Symbol.dispose]: () => {} };
  };
  const mounts = caches.map(
    ([id, sharing], at): CacheMount => ({
      type: "cache",
      target: `/${at}`,
      ...{ id, sharing, input: -1, source: "/", readonly: false },
      made: { mode: 0o755, uid: 0, gid: 0 },
    }),
  );
  try {
    const tools = { cacheMount } as StepTools;
    await using own = await openMounts({ mounts, inputs: [], scratch }, tools, new AbortController().signal);
    return { asked, mounts: own.mounts.map((mount) => "source" in mount && [mount.source, mount.target]) };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

test("steps take their caches in one order, whatever order they name them in", async () => {
  const [a, b] = [
    ["a", "locked"],
    ["b", "locked"],
  ] as const;
  assert.deepEqual(await opened([b, a]), {
    asked: [a, b],
    mounts: [
      ["/caches/b", "/0"],
      ["/caches/a", "/1"],
    ],
  });
  assert.deepEqual((await opened([a, b])).asked, [a, b]);
});

test("a cache that a step mounts twice is one, which it does not wait for", async () => {
  const { asked, mounts } = await opened([
    ["a", "shared"],
    ["a", "locked"],
  ]);
  assert.deepEqual(asked, [["a", "locked"]]);
  assert.deepEqual(mounts, [
    ["/caches/a", "/0"],
    ["/caches/a", "/1"],
  ]);
});
