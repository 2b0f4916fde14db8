// Programs for the tests of this folder.

/** A section of a program, mapped at an address that is its place in the file, and far from zero. */
export type Section = readonly [name: string, content: Uint8Array];

/** Where the first byte of a file is mapped. */
export const BASE = 0x400000;

/** A 64-bit program of these sections; `contents` is told where each begins, so that they can point at each other. */
export function programOf(
  names: readonly string[],
  contents: (places: readonly number[]) => readonly Uint8Array[],
): Buffer {
  const sizes = contents(names.map(() => 0)).map(({ length }) => length);
  const places = sizes.map((_, at) => START + sizes.slice(0, at).reduce((sum, size) => sum + size, 0));
  const parts = contents(places);
  const strings = Buffer.from(`\0.shstrtab\0${names.map((name) => `${name}\0`).join("")}`);
  const body = Buffer.concat([...parts, strings]);
  const table = [...names.keys()].map((at) =>
    sectionHeader({
      name: strings.indexOf(`\0${names[at]}\0`) + 1,
      offset: places[at] ?? 0,
      size: sizes[at] ?? 0,
    }),
  );
  const last = sectionHeader({ name: 1, offset: START + body.length - strings.length, size: strings.length });
  const headers = Buffer.concat([sectionHeader({ name: 0, offset: 0, size: 0 }), ...table, last]);
  return Buffer.concat([
    fileHeader(START + body.length, names.length + 2),
    segment(START + body.length),
    body,
    headers,
  ]);
}

const START = 64 + 56;

function fileHeader(sections: number, count: number): Buffer {
  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02\x01\x01", "latin1");
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(62, 18);
  header.writeBigUInt64LE(64n, 32);
  header.writeBigUInt64LE(BigInt(sections), 40);
  for (const [at, value] of [64, 56, 1, 64, count, count - 1].entries())
    header.writeUInt16LE(value, 52 + 2 * at);
  return header;
}

function segment(size: number): Buffer {
  const header = Buffer.alloc(56);
  header.writeUInt32LE(1, 0);
  header.writeBigUInt64LE(BigInt(BASE), 16);
  header.writeBigUInt64LE(BigInt(size), 32);
  return header;
}

function sectionHeader({
  name,
  offset,
  size,
}: {
  readonly name: number;
  readonly offset: number;
  readonly size: number;
}): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(name, 0);
  header.writeUInt32LE(name === 0 ? 8 : 1, 4);
  header.writeBigUInt64LE(BigInt(offset), 24);
  header.writeBigUInt64LE(BigInt(size), 32);
  return header;
}
