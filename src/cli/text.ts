/** Columns that a character takes on a terminal: 2 for East Asian wide ones and emoji, 0 for combining marks. */
function columnsOf(character: string): number {
  if (/\p{Mark}|\u200B|\u200C|\u200D|\uFE0E|\uFE0F/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u;

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

/** What a program wrote as plain text for one line: no escape sequences, only what stands behind a carriage return. */
export function plainText(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is to go
  const clean = line.replace(/\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007]*(?:\u0007|\u001b\\)|[@-_])/g, "");
  const parts = clean.split("\r").filter(Boolean);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is to go
  return (parts.at(-1) ?? "").replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "").replaceAll("\t", "    ");
}

/** Joins pieces of a stream into lines. */
export interface LineJoiner {
  /** The lines that are complete now. */
  add(piece: string): readonly string[];
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
    end() {
      const last = rest;
      rest = "";
      return last === "" ? [] : [last];
    },
  };
}
