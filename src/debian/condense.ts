import { wholeLines } from "./whole-lines.ts";

/**
 * What resolving reads of a Packages file, in the order of the file: half of its bytes, and none of the texts for people.
 * Given in parts that begin and end with whole stanzas, so that neither the file nor a copy of it is ever in memory as one.
 */
export async function* condensed(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let part = emptyPart(PART);
  let isWanted = true;
  for await (const lines of wholeLines(pieces))
    for (const run of runsOf(lines, isWanted)) {
      isWanted = run.isWanted;
      if (!isWanted) continue;
      if (part.length + run.bytes.length > part.bytes.length) {
        const { whole, next } = cut(part, run.bytes.length);
        if (whole.length > 0) yield whole;
        part = next;
      }
      part.length += run.bytes.copy(part.bytes, part.length);
    }
  yield part.bytes.subarray(0, part.length);
}

/** Bytes that are filled from the start. */
interface Part {
  readonly bytes: Buffer;
  length: number;
}

/** Bytes of a part; one stanza may be longer. */
const PART = 4 << 20;
const STANZA_END = Buffer.from("\n\n");

function emptyPart(size: number): Part {
  return { bytes: Buffer.allocUnsafeSlow(size), length: 0 };
}

/** The whole stanzas of a part, and a part with the rest that has room for more bytes. */
function cut({ bytes, length }: Part, more: number): { readonly whole: Buffer; readonly next: Part } {
  const last = bytes.subarray(0, length).lastIndexOf(STANZA_END);
  const end = last < 0 ? 0 : last + STANZA_END.length;
  const next = emptyPart(Math.max(PART, (length - end + more) * 2));
  next.length = bytes.copy(next.bytes, 0, end, length);
  return { whole: bytes.subarray(0, end), next };
}

/** Lines behind one another that are wanted, or that are not. */
interface Run {
  readonly bytes: Buffer;
  readonly isWanted: boolean;
}

/** `before` is what the line before these was. */
function* runsOf(lines: Buffer, before: boolean): Generator<Run> {
  let isWanted = before;
  let start = 0;
  for (let at = 0; at < lines.length; at = nextLine(lines, at)) {
    const was = isWanted;
    isWanted = isWantedLine(lines, at, was);
    if (was === isWanted) continue;
    yield { bytes: lines.subarray(start, at), isWanted: was };
    start = at;
  }
  yield { bytes: lines.subarray(start), isWanted };
}

const [LINE_FEED, BLANK, TAB, COMMENT, COLON] = [0x0a, 0x20, 0x09, 0x23, 0x3a];

function nextLine(lines: Buffer, at: number): number {
  const end = lines.indexOf(LINE_FEED, at);
  return end < 0 ? lines.length : end + 1;
}

/** A continuation line goes with its field, as a comment in it does; what is no field goes. */
function isWantedLine(lines: Buffer, at: number, before: boolean): boolean {
  const first = lines[at] as number;
  if (first === BLANK || first === TAB || first === COMMENT) return before;
  if (first === LINE_FEED) return true;
  let end = at;
  while (end < lines.length && lines[end] !== COLON) if (lines[end++] === LINE_FEED) return false;
  return WANTED.has(codeOf(end - at, first, lines[end - 1] as number));
}

/** Of a field's name: a million of them are not worth a string each. Another of the same code stays, too. */
function codeOf(length: number, first: number, last: number): number {
  return (length << 16) | (first << 8) | last;
}

const WANTED: ReadonlySet<number> = new Set(
  [
    ...[
      "Package",
      "Version",
      "Architecture",
      "Multi-Arch",
      "Source",
      "Section",
      "Priority",
      "Essential",
      "Tag",
    ],
    ...["Pre-Depends", "Depends", "Provides", "Conflicts", "Breaks", "Replaces"],
    ...["Filename", "Size", "SHA256", "Installed-Size"],
  ].map((name) => codeOf(name.length, name.charCodeAt(0), name.charCodeAt(name.length - 1))),
);
