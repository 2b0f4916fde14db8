import { TareError } from "../base/index.ts";

/** A path as a location has it: strings of their own. */
export interface PathParts {
  readonly module: string;
  readonly parent: string;
  readonly base: string;
  readonly extension: string;
}

/** A path of a jimage, and where its bytes are. */
export interface ImageEntry {
  /** `/java.base/java/lang/Object.class`; directories are below `/modules`, packages below `/packages`. */
  readonly path: string;
  readonly parts: PathParts;
  /** From the beginning of the file. */
  readonly start: number;
  readonly size: number;
  /** Where it is described, by which directories name it. */
  readonly place: number;
}

/** What a jimage says of itself before its content. */
export interface ImageIndex {
  readonly version: number;
  readonly entries: readonly ImageEntry[];
  /** The text at an offset of the table of strings. */
  readonly text: (offset: number) => string;
  /** Behind the empty one, which readers may know by where they stand. */
  readonly firstTexts: readonly string[];
}

/** Bytes of the header of a jimage. */
export const HEADER_SIZE = 28;
export const MAGIC = 0xcafedada;

/** How a location's attributes are numbered (ImageLocation.java, ATTRIBUTE_*). */
export const ATTRIBUTE = { module: 1, parent: 2, base: 3, extension: 4, offset: 5, compressed: 6, size: 7 };

/** The numbers of a header: the version, how many entries, and how long its tables are. */
export interface ImageHeader {
  readonly version: number;
  readonly count: number;
  readonly tableLength: number;
  readonly locationsSize: number;
  readonly stringsSize: number;
}

/** Reads a header (ImageHeader.java): little-endian, which all architectures of Tare are. `user-unsupported`. */
export function readImageHeader(bytes: Buffer): ImageHeader {
  if (bytes.length < HEADER_SIZE || bytes.readUInt32LE(0) !== MAGIC) throw unsupported("it is no jimage");
  const [version = 0, , count = 0, tableLength = 0, locationsSize = 0, stringsSize = 0] = Array.from(
    { length: 6 },
    (_, at) => bytes.readUInt32LE(4 + 4 * at),
  );
  if (version !== VERSION) throw unsupported(`it has version ${version >> 16}.${version & 0xffff}`);
  return { version, count, tableLength, locationsSize, stringsSize };
}

/** Bytes from the beginning of the file to its content. */
export function indexSize({ tableLength, locationsSize, stringsSize }: ImageHeader): number {
  return HEADER_SIZE + tableLength * 8 + locationsSize + stringsSize;
}

/** Reads the tables that stand before the content. `user-unsupported` for one whose content is compressed. */
export function readImageIndex(bytes: Buffer): ImageIndex {
  const header = readImageHeader(bytes);
  const content = indexSize(header);
  if (bytes.length < content) throw unsupported("it is cut off");
  const offsets = HEADER_SIZE + header.tableLength * 4;
  const locations = bytes.subarray(offsets + header.tableLength * 4);
  const strings = bytes.subarray(content - header.stringsSize, content);
  const text = (offset: number) => strings.toString("utf8", offset, endOfText(strings, offset));
  const entries: ImageEntry[] = [];
  // Places that nothing has are those of the first location.
  const places = new Set<number>();
  for (let at = 0; at < header.tableLength; at++) places.add(bytes.readUInt32LE(offsets + 4 * at));
  for (const place of places) {
    const location = readLocation(locations, place);
    if (location.compressed > 0) throw unsupported("its content is compressed");
    const parts = {
      module: text(location.module),
      parent: text(location.parent),
      base: text(location.base),
      extension: text(location.extension),
    };
    entries.push({
      path: pathOf(parts),
      parts,
      start: content + location.offset,
      size: location.size,
      place,
    });
  }
  const firstTexts = strings.toString("utf8", 1, 64).split("\0").slice(0, 3);
  return { version: header.version, entries, text, firstTexts };
}

const VERSION = 1 << 16;

function endOfText(strings: Buffer, offset: number): number {
  const end = strings.indexOf(0, offset);
  return end < 0 ? strings.length : end;
}

type Location = Record<keyof typeof ATTRIBUTE, number>;

const NAMES = Object.keys(ATTRIBUTE) as readonly (keyof typeof ATTRIBUTE)[];

/** Attributes: a byte of kind and length each, then the value, most significant byte first; kind 0 ends them. */
function readLocation(bytes: Buffer, place: number): Location {
  const found: Location = { module: 0, parent: 0, base: 0, extension: 0, offset: 0, compressed: 0, size: 0 };
  for (let at = place; ; ) {
    const byte = bytes[at++];
    if (byte === undefined) throw unsupported("it is cut off");
    const name = NAMES[(byte >> 3) - 1];
    if (byte >> 3 === 0) return found;
    const length = (byte & 7) + 1;
    let value = 0;
    for (let index = 0; index < length; index++) value = value * 256 + (bytes[at + index] as number);
    at += length;
    if (name) found[name] = value;
  }
}

function pathOf({ module, parent, base, extension }: PathParts): string {
  const folder = parent === "" ? "" : `${parent}/`;
  return `${module === "" ? "" : `/${module}/`}${folder}${base}${extension === "" ? "" : `.${extension}`}`;
}

export function unsupported(why: string): TareError {
  return new TareError("user-unsupported", `the Java runtime's file of modules can not be cut: ${why}`, {
    hint: "leave java-modules out of the recipe, or make the runtime by jlink in a build stage",
  });
}
