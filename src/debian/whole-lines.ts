/** Longer lines are no lines of an index. */
const MAX_LINE = 1 << 20;
const LINE_FEED = 0x0a;

/**
 * The same bytes in blocks that end with a line, except perhaps the last; a block has bytes of its own or those of a
 * piece, and counts as long as that does. Of a line without end what was read is dropped.
 */
export async function* wholeLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const { buffer, byteOffset, length } of pieces) {
    const piece = Buffer.from(buffer, byteOffset, length);
    const first = piece.indexOf(LINE_FEED) + 1;
    const last = piece.lastIndexOf(LINE_FEED) + 1;
    if (first > 0 && rest.length > 0) yield Buffer.concat([rest, piece.subarray(0, first)]);
    const start = rest.length > 0 ? first : 0;
    if (last > start) yield piece.subarray(start, last);
    const open = piece.subarray(last);
    rest = first > 0 ? Buffer.from(open) : Buffer.concat([rest, open]);
    if (rest.length > MAX_LINE) rest = Buffer.alloc(0);
  }
  yield rest;
}
