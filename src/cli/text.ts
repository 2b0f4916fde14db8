/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** Columns that a character takes: 2 for East Asian wide ones and emoji, 0 for combining marks. */
function columnsOf(character: string): number {
  if (/\p{Mn}|\p{Me}|\u200B|\u200C|\u200D|\uFE0E|\uFE0F/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}/u;

/** Cuts a line to a number of columns. */
export function truncate(line: string, columns: number): string {
  let width = 0;
  let out = "";
  for (const character of line) {
    width += columnsOf(character);
    if (width > columns) return out;
    out += character;
  }
  return out;
}

/** At most so many columns: what does not fit is cut, and ends with an ellipsis. */
export function shorten(line: string, columns: number): string {
  return widthOf(line) <= columns ? line : `${truncate(line, Math.max(0, columns - 1))}…`;
}

/** Exactly so many columns: cut, or filled up with spaces. */
export function fit(line: string, columns: number): string {
  const cut = truncate(line, columns);
  return cut + " ".repeat(Math.max(0, columns - widthOf(cut)));
}

/** Escape sequences: CSI, OSC and its like up to their end, and the short ones such as `ESC ( B`. */
const ESCAPES = new RegExp(
  [
    String.raw`\x1b\[[0-?]*[ -/]*[@-~]`,
    String.raw`\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)`,
    String.raw`\x1b[ -/]*[0-~]`,
  ].join("|"),
  "g",
);

/** What a program wrote as plain text for one line: no escape sequences, only what stands behind a carriage return. */
export function plainText(line: string): string {
  const parts = line.replace(ESCAPES, "").split("\r").filter(Boolean);
  return (parts.at(-1) ?? "").replaceAll("\t", "    ").replace(/\p{Cc}/gu, "");
}

/** Joins pieces of a stream into lines. */
export interface LineJoiner {
  /** The lines that are complete now. */
  add(piece: string): readonly string[];
  /** The beginning of a line that is not complete yet; "" when there is none. */
  rest(): string;
  /** What is left, once no more comes. */
  end(): readonly string[];
}

export function lineJoiner(): LineJoiner {
  let rest = "";
  return {
    add(piece) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop() ?? "";
      return lines;
    },
    rest: () => rest,
    end() {
      const last = rest;
      rest = "";
      return last === "" ? [] : [last];
    },
  };
}
