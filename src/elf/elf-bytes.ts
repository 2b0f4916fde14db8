import { TareError } from "../base/index.ts";

/** The bytes of a file, by their place. */
export interface ElfBytes {
  /** How many there are. */
  readonly size: number;
  /** As many as there are of those asked for; valid for good, to be left unchanged. */
  read(offset: number, length: number): Uint8Array;
}

/** A file that is in memory as a whole. */
export function wholeBytes(bytes: Uint8Array): ElfBytes {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/**
 * A stream in memory, in the pieces that it came in: as much memory as it has bytes, never twice that.
 * `user-unsupported` when there are more than `limit` bytes.
 */
export async function keepBytes(
  stream: AsyncIterable<Uint8Array>,
  { limit }: { readonly limit: number },
): Promise<ElfBytes> {
  const pieces: Piece[] = [];
  let size = 0;
  for await (const chunk of stream) {
    if (size + chunk.length > limit)
      throw new TareError("user-unsupported", `a program of more than ${limit} bytes`, {
        hint: "leave the program out of the image, or make it smaller: strip(1) takes debug symbols off",
      });
    // Whoever makes the stream may use the chunk again.
    if (chunk.length > 0) pieces.push({ start: size, bytes: Uint8Array.from(chunk) });
    size += chunk.length;
  }
  return { size, read: (offset, length) => readPieces(pieces, offset, Math.min(offset + length, size)) };
}

interface Piece {
  readonly start: number;
  readonly bytes: Uint8Array;
}

function readPieces(pieces: readonly Piece[], from: number, to: number): Uint8Array {
  const found: Uint8Array[] = [];
  for (let at = pieceAt(pieces, from); at < pieces.length; at++) {
    const { start, bytes } = pieces[at] as Piece;
    if (start >= to) break;
    found.push(bytes.subarray(Math.max(from - start, 0), to - start));
  }
  return found.length === 1 ? (found[0] as Uint8Array) : Buffer.concat(found);
}

/** The last piece that begins at or before an offset. */
function pieceAt(pieces: readonly Piece[], offset: number): number {
  let low = 0;
  let high = pieces.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((pieces[middle] as Piece).start <= offset) low = middle;
    else high = middle;
  }
  return low;
}
