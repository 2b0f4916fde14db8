import assert from "node:assert/strict";
import { test } from "node:test";
import { TareError } from "../base/index.ts";
import type { Entry } from "../tree/index.ts";
import { collect, rejects, tarLayer, type Workspace, workspace } from "./fixtures.ts";
import { lateLayer } from "./late-layer.ts";
import type { BroughtFiles, LayerListing } from "./layer-listing.ts";
import { believedList, listedLayer } from "./listed-layer.ts";
import type { StoredLayer } from "./types.ts";

const FILES = { a: "one", b: "two" };

/** A layer that is elsewhere, with a list that says of it what `told` makes of the truth. */
async function listed({ store }: Workspace, more: Partial<LayerListing> = {}) {
  const layer = await tarLayer(store, FILES);
  const { entries } = await layer.index();
  const index = { entries: entries.map(({ offset: _offset, ...entry }) => entry) };
  const list = believedList(async () => ({ index, bring: async () => undefined, ...more }));
  let times = 0;
  const whole = async (): Promise<StoredLayer> => {
    times++;
    await list.confirm(layer);
    return layer;
  };
  const late = lateLayer({ id: layer.id, diffId: await layer.diffId(), size: 6 }, whole);
  return {
    entries: index.entries,
    layer: listedLayer(late, { list, whole, isWanted: () => times > 0 }),
    times: () => times,
  };
}

/** Files that are at hand: what is read of them is made of their paths. */
function atHand(dropped: string[]): LayerListing["bring"] {
  return async (entries): Promise<BroughtFiles> => ({
    has: ({ path }) => entries.some((entry) => entry.path === path),
    async *read({ path }) {
      yield Buffer.from(`part ${path}`);
    },
    [Symbol.asyncDispose]: async () => void dropped.push(entries.map(({ path }) => path).join(" ")),
  });
}

test("as long as nobody needs the whole, the list tells what is in a layer, and files come by themselves", async () => {
  using work = await workspace();
  const dropped: string[] = [];
  const { layer, entries, times } = await listed(work, { bring: atHand(dropped) });
  assert.deepEqual((await layer.index()).entries, entries);
  assert.equal((await layer.contentDigests(entries)).get("a"), entries[0]?.digest);
  const text = async (entry: Entry | undefined) =>
    (await collect(layer.read(entry as Entry))).toString("utf8");
  {
    await using _files = await layer.bring?.(entries);
    assert.equal(await text(entries[0]), "part a");
    assert.deepEqual(dropped, []);
  }
  assert.deepEqual(dropped, ["a b"]);
  assert.equal(await text(entries[1]), "part b");
  assert.deepEqual(dropped, ["a b", "b"]);
  assert.equal(times(), 0);
  // Now somebody does: the entries of the list are those of the layer.
  assert.equal((await collect(layer.tar())).length > 0, true);
  assert.equal(await text(entries[1]), "two");
});

test("files that can not be had by themselves bring the whole layer", async () => {
  using work = await workspace();
  for (const bring of [
    async () => undefined,
    async () => {
      throw new TareError("integrity-digest", "something else");
    },
  ]) {
    const { layer, entries, times } = await listed(work, { bring });
    await using _files = await layer.bring?.(entries);
    assert.equal(times(), 1);
    assert.equal((await collect(layer.read(entries[0] as Entry))).toString(), "one");
  }
});

test("a list that was told and is not the layer's is an error; one that nobody has read is none", async () => {
  using work = await workspace();
  const { entries } = await listed(work);
  const lies: readonly (readonly Entry[])[] = [
    entries.slice(1),
    [...entries, { ...(entries[0] as Entry), path: "c" }],
    entries.map((entry) => ({ ...entry, mode: 0o4755 })),
    entries.map((entry) => ({ ...entry, digest: entries[1]?.digest as `sha256:${string}` })),
  ];
  for (const lie of lies) {
    const { layer } = await listed(work, { index: { entries: lie } });
    await layer.index();
    await assert.rejects(
      collect(layer.tar()),
      rejects("integrity-archive", /something else at \/[abc] than/),
    );
    const unread = await listed(work, { index: { entries: lie } });
    assert.equal((await collect(unread.layer.tar())).length > 0, true);
  }
  // Whoever wrote it has rounded times.
  const rounded = entries.map((entry) => ({ ...entry, mtime: entry.mtime + 1 }));
  const { layer } = await listed(work, { index: { entries: rounded } });
  await layer.index();
  assert.equal((await collect(layer.tar())).length > 0, true);
});
