/** Reads a stream of chunks by exact lengths. */
export interface Cursor {
  /** Bytes consumed so far. */
  readonly position: number;
  /** The next `length` bytes, fewer only where the stream ends. Valid until the next call. */
  take(length: number): Promise<Uint8Array>;
  /** Some of the next bytes, at most `limit`, without copying; empty where the stream ends. */
  some(limit: number): Promise<Uint8Array>;
  /** Passes over bytes and says how many there were. */
  skip(length: number): Promise<number>;
  /** Ends the stream; further reads find nothing. */
  close(): Promise<void>;
}

const NOTHING = new Uint8Array(0);

export function cursor(source: AsyncIterable<Uint8Array>): Cursor {
  const iterator = source[Symbol.asyncIterator]();
  let chunk: Uint8Array = NOTHING;
  let position = 0;
  let ended = false;

  async function refill(): Promise<boolean> {
    while (chunk.length === 0 && !ended) {
      const next = await iterator.next();
      if (next.done) ended = true;
      else chunk = next.value;
    }
    return chunk.length > 0;
  }

  function consume(length: number): Uint8Array {
    const part = chunk.subarray(0, length);
    // A view of nothing would keep all of a large chunk in memory until the next one is there.
    chunk = part.length < chunk.length ? chunk.subarray(part.length) : NOTHING;
    position += part.length;
    return part;
  }

  async function some(limit: number): Promise<Uint8Array> {
    return limit > 0 && (await refill()) ? consume(limit) : NOTHING;
  }

  async function gather(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0 && (await refill())) {
      const part = consume(missing);
      parts.push(part);
      missing -= part.length;
    }
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  }

  async function skip(length: number): Promise<number> {
    let missing = length;
    while (missing > 0 && (await refill())) missing -= consume(missing).length;
    return length - missing;
  }

  async function close(): Promise<void> {
    if (!ended) await iterator.return?.();
    ended = true;
    chunk = NOTHING;
  }

  return {
    get position() {
      return position;
    },
    take: async (length) => (chunk.length >= length ? consume(length) : gather(length)),
    some,
    skip,
    close,
  };
}
