import { inflateRawSync } from "node:zlib";

/** A file of a zip archive. */
export interface ZipEntry {
  readonly name: string;
  /** Its content; undefined when it is damaged, encrypted, packed in a way that jars are not, or larger than `limit` bytes. */
  read(limit: number): Uint8Array | undefined;
}

/**
 * The files of a zip archive by its central directory (PKWARE APPNOTE 4.3.12). Bytes may stand before the archive, as
 * in jars that are programs. Never an error: what is no archive, or one of 4 GiB, has no files.
 */
export function readZip(bytes: Uint8Array): readonly ZipEntry[] {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(data);
  if (end < 0) return [];
  const size = data.readUInt32LE(end + 12);
  const start = end - size;
  const shift = start - data.readUInt32LE(end + 16);
  const entries: ZipEntry[] = [];
  for (let at = start; at >= 0 && at + HEADER <= end && data.readUInt32LE(at) === CENTRAL; ) {
    const [name, extra, comment] = [28, 30, 32].map((field) => data.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    if (at + HEADER + name > end) break;
    const header = data.subarray(at, at + HEADER);
    entries.push({
      name: data.toString("utf8", at + HEADER, at + HEADER + name),
      read: (limit) => readEntry(data, { header, shift, limit }),
    });
    at += HEADER + name + extra + comment;
  }
  return entries;
}

const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END = Buffer.from([0x50, 0x4b, 0x05, 0x06]);
/** Length of a header in the central directory, of one before a file, and of the end with the longest comment. */
const [HEADER, LOCAL_HEADER, MAX_END] = [46, 30, 22 + 0xffff] as const;

function findEnd(data: Buffer): number {
  const tail = data.subarray(Math.max(data.length - MAX_END, 0));
  const at = tail.length < 22 ? -1 : tail.lastIndexOf(END, tail.length - 22);
  return at < 0 ? -1 : data.length - tail.length + at;
}

function readEntry(
  data: Buffer,
  { header, shift, limit }: { readonly header: Buffer; readonly shift: number; readonly limit: number },
): Uint8Array | undefined {
  const [flags, method] = [header.readUInt16LE(8), header.readUInt16LE(10)];
  const [packed, size] = [header.readUInt32LE(20), header.readUInt32LE(24)];
  const at = header.readUInt32LE(42) + shift;
  const inside = at >= 0 && at + LOCAL_HEADER <= data.length && data.readUInt32LE(at) === LOCAL;
  if (!inside || (flags & 1) !== 0 || size > limit) return undefined;
  const start = at + LOCAL_HEADER + data.readUInt16LE(at + 26) + data.readUInt16LE(at + 28);
  const content = data.subarray(start, start + packed);
  if (content.length !== packed) return undefined;
  if (method === 0) return content;
  return method === 8 ? inflated(content, size) : undefined;
}

function inflated(content: Buffer, size: number): Uint8Array | undefined {
  try {
    const bytes = inflateRawSync(content, { maxOutputLength: Math.max(size, 1) });
    return bytes.length === size ? bytes : undefined;
  } catch {
    return undefined;
  }
}
