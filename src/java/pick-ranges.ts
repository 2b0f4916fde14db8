/** Some bytes of a stream. */
export interface Range {
  readonly start: number;
  readonly size: number;
}

/**
 * The bytes of some ranges, in one piece for each, in the order of where they begin; they may not overlap. Of what is
 * behind the end of the stream there are none.
 */
export async function* pickRanges(
  bytes: AsyncIterable<Uint8Array>,
  ranges: readonly Range[],
): AsyncGenerator<Buffer> {
  const wanted = ranges.toSorted((a, b) => a.start - b.start || a.size - b.size);
  let next = 0;
  let position = 0;
  let begun: Buffer[] = [];
  for await (const piece of bytes) {
    const end = position + piece.length;
    for (let range = wanted[next]; range && range.start <= end; range = wanted[next]) {
      const stop = range.start + range.size;
      begun.push(Buffer.from(piece.subarray(Math.max(0, range.start - position), stop - position)));
      if (stop > end) break;
      yield Buffer.concat(begun);
      begun = [];
      next++;
    }
    position = end;
    if (next >= wanted.length) return;
  }
}
