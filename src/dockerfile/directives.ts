import { TareError } from "../base/index.ts";
import type { Directive } from "./ast.ts";
import { linesOf } from "./lines.ts";
import { trimSpaceStart } from "./words.ts";

const KNOWN = ["syntax", "escape", "check"];

/**
 * The directives that are no comments: those at the top of a file, which may be indented. They end at the first
 * line that is none, and `#!` is none. One may stand only once (`user-dockerfile-syntax`).
 */
export function leadingDirectives(source: string, file: string): readonly Directive[] {
  const found: Directive[] = [];
  let index = -1;
  for (const raw of linesOf(source)) {
    index++;
    const line = trimSpaceStart(raw);
    const directive = directiveOf(line, { prefix: "#", index, indent: raw.length - line.length });
    if (!directive) break;
    if (isKnown(found, directive))
      throw new TareError(
        "user-dockerfile-syntax",
        `only one ${directive.key} parser directive can be used`,
        {
          hint: "remove the second one",
          location: { file, source, range: directive.range },
        },
      );
    found.push(directive);
  }
  return found;
}

/**
 * The directives that whoever looks only for them finds (`check`, `syntax`): not indented, behind `#!` too, and up
 * to the first that stands twice.
 */
export function parseDirectives(source: string, prefix = "#"): readonly Directive[] {
  const found: Directive[] = [];
  let index = -1;
  for (const line of linesOf(source)) {
    index++;
    if (index === 0 && line.startsWith("#!")) continue;
    const directive = directiveOf(line, { prefix, index, indent: 0 });
    if (!directive || isKnown(found, directive)) break;
    found.push(directive);
  }
  return found;
}

/**
 * The frontend that a file asks for by `# syntax=`, `// syntax=`, or by `{"syntax": …}` where all of it is JSON;
 * undefined when it asks for none.
 */
export function syntaxOf(source: string): Directive | undefined {
  return syntaxIn(parseDirectives(source)) ?? syntaxIn(parseDirectives(source, "//")) ?? jsonSyntax(source);
}

function syntaxIn(directives: readonly Directive[]): Directive | undefined {
  return directives.find(({ key }) => key === "syntax");
}

function jsonSyntax(source: string): Directive | undefined {
  const text = source.replace(/^\uFEFF/, "").replace(/^#!.*\n/, "");
  if (!trimSpaceStart(text).startsWith("{")) return undefined;
  const start = { line: 1, column: 1 };
  try {
    const { syntax: value } = JSON.parse(text) as { readonly syntax?: unknown };
    return typeof value === "string" ? { key: "syntax", value, range: { start, end: start } } : undefined;
  } catch {
    return undefined;
  }
}

function isKnown(found: readonly Directive[], { key }: Directive): boolean {
  return found.some((directive) => directive.key === key);
}

/** `# key = value` with the key in lower case; no regular expression, as those backtrack over spaces. */
function directiveOf(
  line: string,
  { prefix, index, indent }: { readonly prefix: string; readonly index: number; readonly indent: number },
): Directive | undefined {
  const body = line.startsWith(prefix) ? trimSpaceStart(line.slice(prefix.length)) : "";
  const at = body.indexOf("=");
  if (at < 0) return undefined;
  const key = trimBlanks(body.slice(0, at)).toLowerCase();
  const rest = body.slice(at + 1);
  // Behind `=` any character will do, even a space where there is nothing else.
  const value = trimBlanks(rest) || rest.slice(-1);
  if (value === "" || !KNOWN.includes(key)) return undefined;
  const range = {
    start: { line: index + 1, column: indent + 1 },
    end: { line: index + 1, column: indent + line.length + 1 },
  };
  return { key, value, range };
}

/** Without the white space that regular expressions of the reference know. */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start++;
  while (end > start && isBlank(text[end - 1])) end--;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character !== undefined && "\t\n\f\r ".includes(character);
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
