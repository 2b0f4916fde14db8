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
