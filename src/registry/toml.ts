import { TareError } from "../base/index.ts";

export type TomlTable = Readonly<Record<string, unknown>>;

/** A TOML file's content; `user-bad-settings` with the place of what is wrong. The library is loaded now. */
export async function parseToml(text: string, path: string): Promise<TomlTable> {
  const { parse } = await import("smol-toml");
  try {
    return parse(text);
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    const { line } = cause as { readonly line?: number };
    throw new TareError("user-bad-settings", `${path}${line === undefined ? "" : `:${line}`}: ${reason}`, {
      hint: "correct the file, or take it away",
      cause,
    });
  }
}

interface Place {
  readonly key: string;
  /** Of the file, for errors. */
  readonly path: string;
}

/** A text of a table; undefined where there is none. */
export function textIn(table: TomlTable, { key, path }: Place): string | undefined {
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  if (value === undefined || typeof value === "string") return value;
  throw wrong({ key, path }, "a text");
}

/** The texts of a list; none where there is no such list. */
export function textsIn(table: TomlTable, { key, path }: Place): readonly string[] {
  const value = Object.hasOwn(table, key) ? table[key] : [];
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  throw wrong({ key, path }, "a list of texts");
}

/** The tables of a list of them; none where there is no such list. */
export function tablesIn(table: TomlTable, { key, path }: Place): readonly TomlTable[] {
  const value = Object.hasOwn(table, key) ? table[key] : [];
  if (Array.isArray(value) && value.every(isTable)) return value;
  throw wrong({ key, path }, `a list of tables: [[${key}]]`);
}

/** The tables of a table by their names; none where there is no such table. */
export function namedTablesIn(
  table: TomlTable,
  { key, path }: Place,
): readonly (readonly [string, TomlTable])[] {
  const value = Object.hasOwn(table, key) ? table[key] : {};
  const entries = isTable(value) ? Object.entries(value) : undefined;
  if (entries?.every((entry): entry is [string, TomlTable] => isTable(entry[1]))) return entries;
  throw wrong({ key, path }, "a table of tables");
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function wrong({ key, path }: Place, what: string): TareError {
  return new TareError("user-bad-settings", `${path}: ${key} is not ${what}`, {
    hint: "correct the file, or take it away",
  });
}
