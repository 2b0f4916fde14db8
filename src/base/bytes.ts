import { TareError, throwIfCancelled } from "./errors.ts";
import { defined } from "./objects.ts";

/** Bytes that are there as a stream; nothing at all without any. */
export async function* streamOf(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** All of a stream's bytes; for what is known to be small. */
export async function collectBytes(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** How many bytes something may have, and its name for messages. */
export interface ExpectedSize {
  readonly size: number;
  readonly what: string;
  readonly hint?: string;
}

/** The same bytes; `integrity-archive` as soon as they are more than they may be. */
export async function* atMost(
  bytes: AsyncIterable<Uint8Array>,
  { size, what, hint }: ExpectedSize,
): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of bytes) {
    seen += chunk.length;
    if (seen > size)
      throw new TareError("integrity-archive", `${what} has more than ${size} bytes`, defined({ hint }));
    yield chunk;
  }
}

/** The same bytes; `integrity-archive` when they are more or fewer than they should be. */
export async function* exactly(
  bytes: AsyncIterable<Uint8Array>,
  expected: ExpectedSize,
): AsyncGenerator<Uint8Array> {
  const { size, what, hint } = expected;
  let seen = 0;
  for await (const chunk of atMost(bytes, expected)) {
    seen += chunk.length;
    yield chunk;
  }
  if (seen !== size)
    throw new TareError("integrity-archive", `${what} has ${seen} bytes, not ${size}`, defined({ hint }));
}

/** The bytes behind the first so many, which are read, too: only the whole can be verified. */
export async function* skipBytes(
  bytes: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of bytes) {
    if (left < chunk.length) yield left > 0 ? chunk.subarray(left) : chunk;
    left = Math.max(0, left - chunk.length);
  }
}

/** The same bytes until somebody cancels: `user-cancelled` then, before the next piece is given. */
export async function* untilCancelled(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    throwIfCancelled(signal);
    yield chunk;
  }
}

const BLOCK = 256 * 1024;
/** Chunks that are passed on as they are. */
const LARGE = 64 * 1024;

/**
 * The same bytes with small chunks put together, so that a header does not cost a write of its own. A block
 * is valid until the one after the next is asked for, so one can be written while the next is made.
 */
export async function* inBlocks(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafeSlow(BLOCK);
  let other = Buffer.allocUnsafeSlow(BLOCK);
  let filled = 0;
  for await (const chunk of bytes) {
    if (filled > 0 && filled + chunk.length > BLOCK) {
      yield block.subarray(0, filled);
      [block, other] = [other, block];
      filled = 0;
    }
    if (chunk.length < LARGE) {
      block.set(chunk, filled);
      filled += chunk.length;
      continue;
    }
    if (filled > 0) {
      yield block.subarray(0, filled);
      [block, other] = [other, block];
      filled = 0;
    }
    yield chunk;
  }
  if (filled > 0) yield block.subarray(0, filled);
}

/**
 * The same bytes in pieces of `size` bytes, the last one what is left. A piece is valid until the one `kept` places behind it
 * is asked for: then its memory is used again.
 */
export async function* inPieces(
  bytes: AsyncIterable<Uint8Array>,
  { size, kept }: { readonly size: number; readonly kept: number },
): AsyncGenerator<Uint8Array> {
  const memory: Buffer[] = [];
  let piece: Buffer = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  for await (const part of bytes) {
    for (let at = 0; at < part.length; ) {
      const taken = Math.min(part.length - at, size - filled);
      piece.set(part.subarray(at, at + taken), filled);
      at += taken;
      filled += taken;
      if (filled < size) continue;
      yield piece;
      memory.unshift(piece);
      piece = (memory.length === kept && memory.pop()) || Buffer.allocUnsafeSlow(size);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
