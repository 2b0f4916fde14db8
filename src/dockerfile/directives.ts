import { TareError } from "../base/index.ts";
import type { Directive } from "./ast.ts";
import { splitLines } from "./lines.ts";
import { trimSpaceStart } from "./words.ts";

const KNOWN = ["syntax", "escape", "check"];

/**
 * Reads the parser directives (`# escape=` and the like) at the top of a file. They end at the first line
 * that is none. A directive may stand only once (`user-dockerfile-syntax`).
 */
export function parseDirectives(source: string, file: string): readonly Directive[] {
  const found: Directive[] = [];
  const lines = splitLines(source);
  for (const [index, raw] of lines.entries()) {
    if (index === 0 && raw.startsWith("#!")) continue;
    const line = trimSpaceStart(raw);
    const { key, value } = splitDirective(line);
    if (value === "" || !KNOWN.includes(key)) break;
    const range = {
      start: { line: index + 1, column: raw.length - line.length + 1 },
      end: { line: index + 1, column: raw.length + 1 },
    };
    if (found.some((directive) => directive.key === key))
      throw new TareError("user-dockerfile-syntax", `only one ${key} parser directive can be used`, {
        hint: "remove the second one",
        location: { file, source, range },
      });
    found.push({ key, value, range });
  }
  return found;
}

/** `# key = value` as its parts, the key in lower case; no regular expression, as those backtrack over spaces. */
function splitDirective(line: string): Pick<Directive, "key" | "value"> {
  const at = line.indexOf("=");
  if (!line.startsWith("#") || at < 0) return { key: "", value: "" };
  return { key: line.slice(1, at).trim().toLowerCase(), value: line.slice(at + 1).trim() };
}

/** The character that continues lines and escapes others: a backslash unless `# escape=` says backtick. */
export function escapeOf(directives: readonly Directive[], file: string, source: string): "\\" | "`" {
  const directive = directives.find(({ key }) => key === "escape");
  if (!directive || directive.value === "\\") return "\\";
  if (directive.value === "`") return "`";
  throw new TareError(
    "user-dockerfile-syntax",
    `invalid escape token '${directive.value}' does not match \` or \\`,
    {
      hint: "write # escape=` or leave the line out",
      location: { file, source, range: directive.range },
    },
  );
}
