/** Bits, the most significant first, of a stream that is read ahead by whole stretches. */
export interface BitWindow {
  /** Reads ahead until so many bytes are there to be read, or the stream has ended. */
  ensure(bytes: number): Promise<void>;
  /** The next bits as a number, at most 24; throws `cutOff()` when there are not so many. */
  bits(count: number): number;
  /** Passes over the rest of a byte. */
  align(): void;
  /** Whether nothing is left, as far as has been read ahead. */
  atEnd(): boolean;
}

export function bitWindow(source: AsyncIterator<Uint8Array>, cutOff: () => Error): BitWindow {
  let bytes: Uint8Array = new Uint8Array(0);
  let next = 0;
  let held = 0;
  let heldBits = 0;
  let ended = false;

  async function ensure(count: number): Promise<void> {
    if (ended || bytes.length - next >= count) return;
    const parts: Uint8Array[] = [bytes.subarray(next)];
    let length = bytes.length - next;
    while (length < count && !ended) {
      const { done, value } = await source.next();
      if (done) ended = true;
      else {
        // Some sources use the memory of a chunk again.
        parts.push(Uint8Array.from(value));
        length += value.length;
      }
    }
    bytes = Buffer.concat(parts);
    next = 0;
  }

  function bits(count: number): number {
    while (heldBits < count) {
      if (next >= bytes.length) throw cutOff();
      held = ((held << 8) | (bytes[next++] as number)) >>> 0;
      heldBits += 8;
    }
    heldBits -= count;
    const value = held >>> heldBits;
    held &= (1 << heldBits) - 1;
    return value;
  }

  return {
    ensure,
    bits,
    align: () => {
      heldBits -= heldBits % 8;
      held &= (1 << heldBits) - 1;
    },
    atEnd: () => next >= bytes.length && heldBits === 0,
  };
}
