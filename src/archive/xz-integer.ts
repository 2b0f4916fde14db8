import { damagedError } from "./zlib-stream.ts";

/** Reads integers of seven bits a byte, the lowest first (xz file format, 1.2). */
export function xzIntegers(bytes: Uint8Array, start: number): () => number {
  let at = start;
  return () => {
    let value = 0;
    for (let shift = 0; shift < 53; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw damagedError("xz", "a number that can not be read");
  };
}

/** Writes one. */
export function xzInteger(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}
