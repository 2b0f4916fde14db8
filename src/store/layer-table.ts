import { decompress, ESTARGZ_FOOTER, ESTARGZ_TABLE, estargzTableOffset, readTar } from "../archive/index.ts";
import { atMost, collectBytes, exactly, sha256, streamOf, TareError } from "../base/index.ts";
import type { BlobStore } from "../blob/index.ts";
import type { TableOfContents } from "../oci/index.ts";

/** The compressed form of a layer that is elsewhere. */
export interface LayerParts {
  /** Bytes. */
  readonly size: number;
  /** So many of its bytes from an offset on, which nobody has verified. */
  readPart(offset: number, length: number): AsyncIterable<Uint8Array>;
}

/** Bytes at the end of an eStargz that are asked for at once: mostly, that is all of the table. */
const TAIL = 64 * 1024;
/** A table of 100,000 files has as many. What is larger costs more memory than a small machine has: then the layer is fetched. */
export const MOST_JSON = 48 << 20;
const MOST_COMPRESSED = 16 << 20;

/**
 * The JSON of a layer's table of contents, as its digest says, kept in the store under that. `integrity-*` for another
 * one, for one that is not where it should be, and for one that is too large; `registry-*`.
 */
export async function layerTable(
  layer: LayerParts,
  { toc, blobs }: { readonly toc: TableOfContents; readonly blobs: BlobStore },
): Promise<Buffer> {
  // The digest may be that of any other blob, which may be large.
  const kept = await blobs.size(toc.digest);
  if (kept !== undefined && kept <= MOST_JSON) return jsonOf(await collectBytes(blobs.get(toc.digest)), toc);
  const table = toc.type === "estargz" ? await estargzTable(layer) : await part(layer, toc);
  const found = sha256(table);
  if (found !== toc.digest) throw notThere(`its digest is ${found}, not ${toc.digest}`);
  // It is read against its digest, so it need not be synced.
  await blobs.putUnsynced(streamOf(table));
  return jsonOf(table, toc);
}

/** Whether a layer is so small that it is fetched as soon as its table would be. */
export function isSmallLayer({ size }: Pick<LayerParts, "size">): boolean {
  return size <= 2 * TAIL;
}

async function jsonOf(table: Buffer, { type }: TableOfContents): Promise<Buffer> {
  return type === "estargz" ? table : unpacked(streamOf(table));
}

async function estargzTable(layer: LayerParts): Promise<Buffer> {
  const length = Math.min(TAIL, layer.size);
  const tail = await part(layer, { offset: layer.size - length, length });
  const start = estargzTableOffset(tail.subarray(-ESTARGZ_FOOTER));
  if (start === undefined || start >= layer.size - ESTARGZ_FOOTER) throw notThere("there is no footer");
  const missing = layer.size - length - start;
  const head = missing > 0 ? await part(layer, { offset: start, length: missing }) : Buffer.alloc(0);
  const member = Buffer.concat([head, tail.subarray(Math.max(0, -missing), -ESTARGZ_FOOTER)]);
  for await (const { header, content } of readTar(limited(decompress(streamOf(member)))))
    if (header.name === ESTARGZ_TABLE) return await collectBytes(content());
  throw notThere("there is none");
}

async function part(
  layer: LayerParts,
  { offset, length }: { readonly offset: number; readonly length: number },
): Promise<Buffer> {
  if (length > MOST_COMPRESSED) throw notThere(`it has ${length} bytes`);
  const expected = { size: length, what: "a part of a layer" };
  return collectBytes(exactly(layer.readPart(offset, length), expected));
}

function unpacked(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return collectBytes(limited(decompress(bytes)));
}

function limited(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return atMost(bytes, { size: MOST_JSON, what: "a layer's table of contents" });
}

function notThere(why: string): TareError {
  return new TareError(
    "integrity-digest",
    `a layer has not the table of contents that its manifest names: ${why}`,
    {
      hint: "the layer itself tells what is in it: tare pull fetches it",
    },
  );
}
