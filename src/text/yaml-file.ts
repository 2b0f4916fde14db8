import type { Document, Node } from "yaml";
import { type ErrorCode, type SourceLocation, TareError } from "../base/index.ts";
import { syntaxProblem } from "./yaml-problem.ts";

/** A kind of file, in the words of its errors. */
export interface YamlKind {
  readonly code: ErrorCode;
  /** With its article: `a recipe`. */
  readonly noun: string;
  /** Where its keys are explained, as a hint. */
  readonly manual: string;
}

/** A YAML text as plain values, which remembers where each of them stands. */
export interface YamlFile {
  readonly file: string;
  readonly kind: YamlKind;
  readonly value: unknown;
  /** The value at a path of keys and indexes, or the key that leads to it; the nearest there is. */
  locate(path: readonly PropertyKey[], part?: "key" | "value"): SourceLocation;
}

/** Which scalars are text as they are written, by the path to them: `0755` and `1.10` are then no numbers. */
export type IsText = (path: readonly string[]) => boolean;

const LONGEST = 1024 * 1024;
const DEEPEST = 16;
const MOST_NODES = 50_000;
/** Looking one up walks the document. */
const MOST_ALIASES = 100;

/**
 * Reads one YAML 1.2 document. The kind's error with the place: for syntax, keys that are there twice, several
 * documents, tags that mean nothing, keys that are no text, and aliases that grow without bounds.
 */
export async function parseYaml(
  text: string,
  { file, isText, kind }: { readonly file: string; readonly isText: IsText; readonly kind: YamlKind },
): Promise<YamlFile> {
  const yaml = await import("yaml");
  if (text.length > LONGEST)
    throw new TareError(kind.code, `${file} is too large for ${kind.noun}`, {
      hint: `${kind.noun} has at most 1 MiB`,
    });
  const lines = new yaml.LineCounter();
  const place = (from: number, to: number): SourceLocation => locationOf(text, { file, lines, from, to });
  const document = parse();
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) {
    const { what, hint, from, to } = syntaxProblem(text, problem, kind.noun);
    throw new TareError(kind.code, what, { hint, location: place(from, to) });
  }
  return {
    file,
    kind,
    value: plainValue(document, { yaml, isText, kind, place }),
    locate: (path, part = "value") => place(...rangeAt(document, yaml, { path, part })),
  };

  function parse(): Document.Parsed {
    try {
      return yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, version: "1.2" });
    } catch (cause) {
      throw new TareError(kind.code, `${file} can not be read as YAML`, {
        hint: "it is nested too deeply",
        cause,
      });
    }
  }
}

type Yaml = typeof import("yaml");
type Place = (from: number, to: number) => SourceLocation;

function locationOf(
  source: string,
  {
    file,
    lines,
    from,
    to,
  }: {
    readonly file: string;
    readonly lines: { linePos(offset: number): { readonly line: number; readonly col: number } };
    readonly from: number;
    readonly to: number;
  },
): SourceLocation {
  const start = lines.linePos(Math.min(from, source.length));
  const rest = source.slice(from, Math.max(from + 1, to)).split(/\r?\n/, 1)[0] as string;
  return {
    file,
    source,
    range: {
      start: { line: start.line, column: start.col },
      end: { line: start.line, column: start.col + Math.max(1, rest.trimEnd().length) },
    },
  };
}

interface Conversion {
  readonly yaml: Yaml;
  readonly isText: IsText;
  readonly kind: YamlKind;
  readonly place: Place;
}

/** Own code, not the library's: it keeps what a number looks like, and bounds what aliases expand to. */
function plainValue(document: Document.Parsed, { yaml, isText, kind, place }: Conversion): unknown {
  let nodes = 0;
  let aliases = 0;
  return convert(document.contents, []);

  function convert(written: unknown, path: readonly string[]): unknown {
    if (written === null || written === undefined) return isText(path) ? "" : null;
    if (yaml.isAlias(written)) aliases++;
    if (++nodes > MOST_NODES || aliases > MOST_ALIASES || path.length > DEEPEST)
      throw refused(written as Node, "this holds too much");
    const node = yaml.isAlias(written) ? written.resolve(document) : (written as Node);
    if (node === undefined) throw refused(written as Node, "this alias stands for nothing");
    if (yaml.isMap(node)) return object(node.items, path);
    if (yaml.isSeq(node)) return node.items.map((item, index) => convert(item, [...path, String(index)]));
    return yaml.isScalar(node) ? scalar(node, path) : null;
  }

  function scalar(
    node: { readonly value: unknown; readonly source?: string },
    path: readonly string[],
  ): unknown {
    if (typeof node.value === "string" || !isText(path)) return node.value;
    return node.source ?? "";
  }

  function object(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    path: readonly string[],
  ): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      pairs.map(({ key, value }) => {
        const name = keyText(yaml, key);
        if (name === undefined || name === "__proto__") throw refused(key as Node, "this can not be a key");
        return [name, convert(value, [...path, name])];
      }),
    );
  }

  function refused(node: Node, what: string): TareError {
    const [from, to] = node.range ?? [0, 1];
    return new TareError(kind.code, what, {
      hint: `write it out; ${kind.manual}`,
      location: place(from, to),
    });
  }
}

/** A key as it is written: `12` is text here; undefined for lists, maps and aliases. */
function keyText(yaml: Yaml, key: unknown): string | undefined {
  if (!yaml.isScalar(key)) return undefined;
  return typeof key.value === "string" ? key.value : key.source;
}

function rangeAt(
  document: Document.Parsed,
  yaml: Yaml,
  { path, part }: { readonly path: readonly PropertyKey[]; readonly part: "key" | "value" },
): readonly [number, number] {
  let node: unknown = document.contents;
  let key: unknown;
  for (const step of path) {
    const container = yaml.isAlias(node) ? node.resolve(document) : node;
    const next = child(yaml, container, String(step));
    if (next === undefined) break;
    key = next.key;
    node = next.value;
  }
  const written = yaml.isNode(node) && node.range?.[0] !== node.range?.[1] ? node.range : undefined;
  const isBlock = yaml.isCollection(node) && node.flow !== true;
  const wanted = (part === "key" || isBlock) && yaml.isNode(key) ? key.range : undefined;
  const own = yaml.isNode(key) ? key.range : undefined;
  const [from, to] = wanted ?? written ?? own ?? [0, 1];
  return [from, to];
}

function child(
  yaml: Yaml,
  container: unknown,
  step: string,
): { readonly key?: unknown; readonly value: unknown } | undefined {
  if (yaml.isMap(container)) return container.items.find(({ key }) => keyText(yaml, key) === step);
  if (!yaml.isSeq(container)) return undefined;
  const value = container.items[Number(step)];
  return value === undefined ? undefined : { value };
}
