import { TareError } from "../base/index.ts";
import { decompress } from "./decompress.ts";

/** How much data may grow: to `floor` bytes in any case, beyond that to `ratio` times what was read. */
export interface GrowthLimit {
  readonly floor: number;
  readonly ratio: number;
}

/** Real layers shrink to a tenth or a twentieth; what shrinks to less than this is made to fill a disk. */
export const GROWTH_LIMIT: GrowthLimit = { floor: 1 << 30, ratio: 200 };

/** As `decompress`; `integrity-archive` once the data has grown beyond the limit, before the next piece is given. */
export async function* decompressWithin(
  bytes: AsyncIterable<Uint8Array>,
  { floor, ratio }: GrowthLimit = GROWTH_LIMIT,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  let given = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      read += chunk.length;
      yield chunk;
    }
  };
  for await (const chunk of decompress(counted())) {
    given += chunk.length;
    if (given > floor && given > ratio * read)
      throw new TareError(
        "integrity-archive",
        `compressed data grows without end: ${read} bytes gave ${given} bytes so far`,
        { hint: "use what comes from a source that you trust, and is compressed by less than this" },
      );
    yield chunk;
  }
}
