import { ESTARGZ_TABLE, TAR_BLOCK } from "../archive/index.ts";
import { collectBytes, sha256, TareError } from "../base/index.ts";
import type { BlobStore } from "../blob/index.ts";
import { type Descriptor, tableOfContents } from "../oci/index.ts";
import { indexFromToc } from "../tree/index.ts";
import { MOST_JSON } from "./layer-table.ts";
import { firstLie } from "./listed-layer.ts";
import type { LocalLayer } from "./types.ts";

/**
 * Whether the table of contents that a descriptor names says of a layer what is in it. Of eStargz the table is in the tar
 * itself, so nobody is asked; that of zstd:chunked is not here, so the answer is no.
 */
export async function confirmTable(
  layer: LocalLayer,
  { descriptor, blobs }: { readonly descriptor: Descriptor; readonly blobs: BlobStore },
): Promise<boolean> {
  const toc = tableOfContents(descriptor);
  if (toc?.type !== "estargz" || layer.form !== "tar") return false;
  const index = await layer.index();
  try {
    for await (const json of tablesIn(layer, blobs)) {
      if (sha256(json) !== toc.digest) continue;
      const told = indexFromToc(json, { type: toc.type, size: descriptor.size });
      return firstLie(told.index, index) === undefined;
    }
  } catch (error) {
    if (!(error instanceof TareError) || error.code === "user-cancelled") throw error;
  }
  return false;
}

/** What may be the table: a file of the layer, or the tar behind its own, by the last header of that name. */
async function* tablesIn(layer: LocalLayer, blobs: BlobStore): AsyncGenerator<Buffer> {
  const digest = await layer.diffId();
  const own = (await layer.index()).entries.find(({ path }) => path === ESTARGZ_TABLE);
  if (own?.offset !== undefined && own.size <= MOST_JSON)
    yield await collectBytes(blobs.range(digest, own.offset, own.size));
  const size = await layer.tarSize();
  const first = Math.max(0, size - MOST_JSON);
  for (let end = size - (size % TAR_BLOCK); end > first; end -= WINDOW) {
    const start = Math.max(0, end - WINDOW);
    const window = await collectBytes(blobs.range(digest, start, end - start));
    for (let at = window.length - TAR_BLOCK; at >= 0; at -= TAR_BLOCK) {
      const length = tableLength(window.subarray(at, at + TAR_BLOCK));
      const offset = start + at + TAR_BLOCK;
      if (length === undefined || offset + length > size) continue;
      yield await collectBytes(blobs.range(digest, offset, length));
      return;
    }
  }
}

const WINDOW = 1 << 20;

/** Bytes of the table, by its header in the tar; undefined for any other block. */
function tableLength(block: Buffer): number | undefined {
  if (block.toString("latin1", 0, NAME.length) !== NAME || block.toString("latin1", 257, 262) !== "ustar")
    return undefined;
  const length = Number.parseInt(block.toString("latin1", 124, 136), 8);
  return Number.isSafeInteger(length) ? length : undefined;
}

const NAME = `${ESTARGZ_TABLE}\0`;
