/**
 * The end of a layer in the form of eStargz (stargz-snapshotter, estargz.md, "Footer"): an empty gzip member whose extra
 * field says where the member with the table of contents begins.
 */
export const ESTARGZ_FOOTER = 51;

/** The name under which the table of contents is in its tar (estargz.md, "TOC"). */
export const ESTARGZ_TABLE = "stargz.index.json";

const MAGIC = "STARGZ";
const DIGITS = 16;
/** Of a gzip header (RFC 1952, 2.3): magic, deflate, FEXTRA; what follows the operating system is the field's length. */
const HEAD = [0x1f, 0x8b, 8, 4];
const EXTRA_AT = 10;
const FIELD_AT = EXTRA_AT + 2;
const TEXT_AT = FIELD_AT + 4;
const FIELD_LENGTH = DIGITS + MAGIC.length;

/** Where the member with the table begins, by the last bytes of a layer; undefined when they are no such footer. */
export function estargzTableOffset(footer: Uint8Array): number | undefined {
  const bytes = Buffer.from(footer.buffer, footer.byteOffset, footer.byteLength);
  if (bytes.length !== ESTARGZ_FOOTER || HEAD.some((byte, at) => bytes[at] !== byte)) return undefined;
  if (bytes.readUInt16LE(EXTRA_AT) !== FIELD_LENGTH + 4) return undefined;
  if (bytes.readUInt16LE(FIELD_AT + 2) !== FIELD_LENGTH) return undefined;
  const text = bytes.toString("latin1", TEXT_AT, TEXT_AT + FIELD_LENGTH);
  const offset = /^SG$/.test(bytes.toString("latin1", FIELD_AT, FIELD_AT + 2))
    ? /^([0-9a-f]{16})STARGZ$/i.exec(text)?.[1]
    : undefined;
  const number = Number.parseInt(offset ?? "", 16);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** The footer of a layer whose table begins at `offset`: without compression, so that it always has the same length. */
export function estargzFooter(offset: number): Uint8Array {
  const bytes = Buffer.alloc(ESTARGZ_FOOTER);
  bytes.set([...HEAD, 0, 0, 0, 0, 0, 0xff]);
  bytes.writeUInt16LE(FIELD_LENGTH + 4, EXTRA_AT);
  bytes.write("SG", FIELD_AT, "latin1");
  bytes.writeUInt16LE(FIELD_LENGTH, FIELD_AT + 2);
  bytes.write(`${offset.toString(16).padStart(DIGITS, "0")}${MAGIC}`, TEXT_AT, "latin1");
  // A last block that is stored and empty (RFC 1951, 3.2.4); checksum and length are 0.
  bytes.set([1, 0, 0, 0xff, 0xff], TEXT_AT + FIELD_LENGTH);
  return bytes;
}
