import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { collectBytes, streamOf } from "../base/index.ts";
import { indexFromTar, tarFromIndex } from "../tree/index.ts";
import { indexing } from "./indexing.ts";

const FACTS = { mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;

function tarOf(contents: readonly string[]): Promise<Buffer> {
  const files = contents.map((text, at) => ({ path: `f${at}`, size: Buffer.byteLength(text), text }));
  const entries = files.map(({ path, size }) => ({ path, size, kind: "file" as const, ...FACTS }));
  const read = ({ path }: { readonly path: string }) =>
    streamOf(Buffer.from(files.find((file) => file.path === path)?.text ?? ""));
  return collectBytes(tarFromIndex({ entries }, read));
}

test("a tar in any pieces passes as it is, and its index is that of reading it alone", async () => {
  const tar = await tarOf(Array.from({ length: 9 }, (_, at) => "x".repeat(at * 300)));
  const expected = await indexFromTar(streamOf(tar), { whiteouts: true });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: tar.length }), { maxLength: 12 }), async (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), tar.length];
      const pieces = at.slice(1).map((end, index) => tar.subarray(at[index], end));
      const { bytes, index } = indexing(streamOf(...pieces));
      assert.equal((await collectBytes(bytes)).equals(tar), true);
      assert.deepEqual(await index(), expected);
    }),
    { numRuns: 40 },
  );
});

test("what is no tar passes to its end, and the index says what is wrong with it", async () => {
  const pieces = [Buffer.alloc(512, 1), Buffer.alloc(512, 2), Buffer.from("end")];
  const { bytes, index } = indexing(streamOf(...pieces));
  assert.equal((await collectBytes(bytes)).equals(Buffer.concat(pieces)), true);
  await assert.rejects(index(), { code: "integrity-archive" });
});

test("bytes that break off break off for who takes them", async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield (await tarOf(["one"])).subarray(0, 700);
    throw new Error("the source broke");
  }
  const { bytes } = indexing(broken());
  await assert.rejects(collectBytes(bytes), /the source broke/);
});
