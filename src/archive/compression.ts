/** How a stream is compressed. */
export type Compression = "none" | "gzip" | "bzip2" | "xz" | "zstd";

/** How many first bytes `detectCompression` wants to see; fewer only when there are no more. */
export const MAGIC_LENGTH = 10;

/** Recognises a compression by its first bytes; `none` for everything else. */
export function detectCompression(first: Uint8Array): Compression {
  const known = MAGIC.find(({ at, bytes }) => bytes.every((byte, index) => first[at + index] === byte));
  if (known?.compression !== "bzip2") return known?.compression ?? "none";
  // `BZh` alone is too little: a digit and the mark of a block or of the end must follow.
  const level = first[3] ?? 0;
  const marked = BZIP2_MARKS.some((mark) => mark.every((byte, index) => first[4 + index] === byte));
  return level >= 0x31 && level <= 0x39 && marked ? "bzip2" : "none";
}

const MAGIC: readonly {
  readonly compression: Compression;
  readonly at: number;
  readonly bytes: readonly number[];
}[] = [
  { compression: "gzip", at: 0, bytes: [0x1f, 0x8b, 0x08] },
  { compression: "bzip2", at: 0, bytes: [0x42, 0x5a, 0x68] },
  { compression: "xz", at: 0, bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { compression: "zstd", at: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd] },
];

const BZIP2_MARKS: readonly (readonly number[])[] = [
  [0x31, 0x41, 0x59, 0x26, 0x53, 0x59],
  [0x17, 0x72, 0x45, 0x38, 0x50, 0x90],
];
