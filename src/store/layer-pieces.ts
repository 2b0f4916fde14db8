import { readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { decompressBeginning, gunzipNow } from "../archive/index.ts";
import {
  createHasher,
  type Digest,
  diskError,
  mapConcurrent,
  skipBytes,
  TareError,
  writeBlocks,
} from "../base/index.ts";
import type { Piece } from "../tree/index.ts";
import type { LayerParts } from "./layer-table.ts";

/** A gap between two pieces that is rather fetched than asked for anew; what a request costs, in bytes. */
const GAP = 64 * 1024;
const AT_ONCE = 4;
/**
 * Of a layer's size: what is decompressed for its pieces at most. Small files may share a member, whose beginning is
 * decompressed anew for each of them.
 */
const MOST_WORK = 20;

/** From here to there, in a layer's compressed form. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What to ask for to have all of these pieces, in order; undefined when the whole layer is had as soon. */
export function spansOf(
  pieces: Iterable<Piece>,
  { size }: Pick<LayerParts, "size">,
): readonly Span[] | undefined {
  const all = [...pieces];
  const work = all.reduce((sum, piece) => sum + piece.skip + piece.size, 0);
  if (work > MOST_WORK * size) return undefined;
  const sorted = all.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
  const spans: { start: number; end: number }[] = [];
  for (const { start, end } of sorted) {
    const last = spans.at(-1);
    if (last && start - last.end <= GAP) last.end = Math.max(last.end, end);
    else spans.push({ start, end });
  }
  const cost = spans.reduce((sum, { start, end }) => sum + end - start + GAP, 0);
  return cost > size / 2 ? undefined : spans;
}

/** Contents one after the other in a file. */
export interface GatheredContents {
  readonly path: string;
  /** Where each begins. */
  readonly offsets: ReadonlyMap<Digest, number>;
}

/**
 * Fetches contents of a layer into a file of a folder. Each is held against its digest: `integrity-digest` when it is
 * another one, `integrity-archive` when there is none; `registry-*`.
 */
export async function gatherContents(
  layer: LayerParts,
  {
    contents,
    spans,
    folder,
  }: {
    readonly contents: ReadonlyMap<Digest, readonly Piece[]>;
    readonly spans: readonly Span[];
    readonly folder: string;
  },
): Promise<GatheredContents> {
  const fetched = join(folder, "layer");
  const path = join(folder, "files");
  const failed = (error: unknown) => diskError(error, path);
  await using parts = await open(fetched, "wx+", 0o600);
  await using files = await open(path, "wx", 0o600);
  await mapConcurrent(spans, AT_ONCE, async ({ start, end }) => {
    await writeBlocks(parts, layer.readPart(start, end - start), { position: start, failed });
  });
  const offsets = new Map<Digest, number>();
  await writeBlocks(files, verified(parts, contents, offsets), { failed });
  return { path, offsets };
}

/** All contents, one after the other; `offsets` is told where each begins. */
async function* verified(
  parts: FileHandle,
  contents: ReadonlyMap<Digest, readonly Piece[]>,
  offsets: Map<Digest, number>,
): AsyncGenerator<Uint8Array> {
  let position = 0;
  for (const [digest, pieces] of contents) {
    offsets.set(digest, position);
    const hasher = createHasher();
    for (const piece of pieces) {
      const end = position + piece.size;
      for await (const chunk of contentOf(parts, piece)) {
        hasher.update(chunk);
        position += chunk.length;
        yield chunk;
      }
      if (position !== end) throw notThere(digest);
    }
    if (hasher.digest() !== digest) throw notThere(digest);
  }
}

async function* contentOf(parts: FileHandle, { start, end, skip, size }: Piece): AsyncGenerator<Uint8Array> {
  if (start === end) return yield* zeros(size);
  const small = end - start <= BLOCK ? gunzipNow(partNow(parts, start, end), SMALL) : undefined;
  if (small) return yield small.subarray(skip, skip + size);
  let left = size;
  for await (const chunk of skipBytes(decompressBeginning(rangeOf(parts, start, end)), skip)) {
    yield chunk.subarray(0, left);
    left -= Math.min(left, chunk.length);
    // What else is in the member is of other files, or not there: its end may have been guessed.
    if (left === 0) return;
  }
}

const BLOCK = 256 * 1024;
/** What is decompressed at once: for the many small files of a layer that takes a tenth of the time. */
const SMALL = 1024 * 1024;

function partNow({ fd }: FileHandle, start: number, end: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(end - start);
  let done = 0;
  while (done < bytes.length) {
    const count = readSync(fd, bytes, done, bytes.length - done, start + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

async function* rangeOf(file: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; ) {
    const block = Buffer.allocUnsafe(Math.min(BLOCK, end - at));
    const { bytesRead } = await file.read(block, 0, block.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield block.subarray(0, bytesRead);
  }
}

async function* zeros(size: number): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(Math.min(size, BLOCK));
  for (let left = size; left > 0; left -= block.length) yield block.subarray(0, left);
}

function notThere(digest: Digest): TareError {
  return new TareError(
    "integrity-digest",
    `a layer has something else where its list says that ${digest} is`,
    {
      hint: "the layer itself tells what is in it: tare pull fetches it",
    },
  );
}
