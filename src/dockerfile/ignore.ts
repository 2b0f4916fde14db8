import { posix } from "node:path";
import { TareError } from "../base/index.ts";

/** Which paths a list of patterns leaves out. */
export interface IgnoreMatcher {
  /** Whether a path (relative, `/` between components) is left out. */
  matches(path: string): boolean;
  /** Whether nothing below a directory that is left out can be taken back by a later `!` pattern. */
  canPrune(directory: string): boolean;
}

/** The patterns of a .dockerignore file: comments and empty lines gone, paths cleaned. */
export function parseIgnoreFile(text: string): readonly string[] {
  const patterns: string[] = [];
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    const trimmed = line.trim();
    if (trimmed === "") continue;
    const negated = trimmed.startsWith("!");
    const body = negated ? trimmed.slice(1).trim() : trimmed;
    if (body === "") {
      patterns.push(trimmed);
      continue;
    }
    const clean = cleanPath(body);
    const relative = clean.length > 1 && clean.startsWith("/") ? clean.slice(1) : clean;
    patterns.push((negated ? "!" : "") + relative);
  }
  return patterns;
}

/**
 * Compiles patterns as Docker matches them: Go's filepath.Match with `**` for any number of directories;
 * `!` takes back; the last match wins; what is in a matched directory is matched. `user-context` for a
 * malformed pattern.
 */
export function compileIgnore(patterns: readonly string[]): IgnoreMatcher {
  const rules = patterns.map(compile).filter((rule) => rule !== undefined);
  const exceptions = rules.filter(({ negated }) => negated);
  const memo = new Map<string, readonly boolean[]>();

  /** For every rule whether it matches the path or a directory above it. */
  function hits(path: string): readonly boolean[] {
    const slash = path.lastIndexOf("/");
    const above = slash < 0 ? undefined : remembered(path.slice(0, slash));
    return rules.map(({ regExp }, index) => above?.[index] || regExp.test(path));
  }

  function remembered(directory: string): readonly boolean[] {
    const known = memo.get(directory) ?? hits(directory);
    memo.set(directory, known);
    return known;
  }

  return {
    matches(path) {
      if (rules.length === 0) return false;
      const found = hits(path);
      const last = rules.findLastIndex((_, index) => found[index]);
      return last >= 0 && !rules[last]?.negated;
    },
    canPrune: (directory) => !exceptions.some(({ pattern }) => mayReach(pattern, directory)),
  };
}

interface Rule {
  readonly pattern: string;
  readonly negated: boolean;
  readonly regExp: RegExp;
}

function compile(text: string): Rule | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const negated = trimmed.startsWith("!");
  const body = negated ? trimmed.slice(1) : trimmed;
  if (body === "") throw malformed(text, 'illegal exclusion pattern: "!"');
  const pattern = cleanPath(body);
  return { pattern, negated, regExp: toRegExp(pattern) };
}

/** `**` at the end or before `/` spans directories; `*` and `?` stay within one; classes as in Go. */
function toRegExp(pattern: string): RegExp {
  let out = "";
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === "*" && characters[at + 1] === "*") {
      at++;
      if (characters[at + 1] === "/") at++;
      out += at >= characters.length - 1 && characters.at(-1) !== "/" ? ".*" : "(?:.*/)?";
    } else if (character === "*") out += "[^/]*";
    else if (character === "?") out += "[^/]";
    else if (character === "\\") out += quote(characters[++at] ?? fail(pattern));
    else if (character === "[") {
      const end = classEnd(characters, at, pattern);
      out += toClass(characters.slice(at + 1, end), pattern);
      at = end;
    } else out += quote(character);
  }
  return new RegExp(`^${out}$`, "su");
}

function classEnd(characters: readonly string[], from: number, pattern: string): number {
  for (let at = from + 1; at < characters.length; at++) {
    if (characters[at] === "\\") at++;
    else if (characters[at] === "]" && at > from + 1) return at;
  }
  return fail(pattern);
}

function toClass(inside: readonly string[], pattern: string): string {
  const negated = inside[0] === "^";
  const parts = negated ? inside.slice(1) : inside;
  if (parts.length === 0) fail(pattern);
  let out = "";
  for (let at = 0; at < parts.length; at++) {
    const character = parts[at] as string;
    if (character === "\\") out += quoteInClass(parts[++at] ?? fail(pattern));
    else out += character === "-" && at > 0 && at < parts.length - 1 ? "-" : quoteInClass(character);
  }
  try {
    const text = `[${negated ? "^/" : ""}${out}]`;
    new RegExp(text, "u");
    return text;
  } catch {
    return fail(pattern);
  }
}

function quote(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function quoteInClass(character: string): string {
  return /[\\^\]\-[]/.test(character) ? `\\${character}` : character;
}

/** Whether a pattern could match something below a directory. */
function mayReach(pattern: string, directory: string): boolean {
  const wanted = pattern.split("/");
  const parts = directory.split("/");
  for (const [index, part] of parts.entries()) {
    const component = wanted[index];
    if (component === undefined) return false;
    if (component.includes("**")) return true;
    if (!toRegExp(component).test(part)) return false;
  }
  return wanted.length > parts.length;
}

/** Go's filepath.Clean: a trailing slash goes, `.` and `..` are resolved. */
function cleanPath(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}

function fail(pattern: string): never {
  throw malformed(pattern, "syntax error in pattern");
}

function malformed(pattern: string, why: string): TareError {
  return new TareError("user-context", `${why}: ${JSON.stringify(pattern)}`, {
    hint: "check .dockerignore and --exclude; [ opens a class of characters and wants a ]",
  });
}
