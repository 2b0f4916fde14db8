import { visibleJson } from "../text/index.ts";

/**
 * What templates work on. An object is a struct: its fields are known, and another one is a mistake. A map has whatever
 * keys it has. `undefined` is a key that a map does not have.
 */
export type Value =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Value[]
  | ReadonlyMap<string, Value>
  | Struct;

export interface Struct {
  readonly [field: string]: Value;
}

/** Go's lists and maps that nobody has made: empty wherever they are looked at, `null` in JSON. */
export const NO_LIST: readonly never[] = Object.assign([], { toJSON: () => null });
export const NO_MAP: ReadonlyMap<string, Value> = Object.assign(new Map<string, Value>(), {
  toJSON: () => null,
});

/** The same struct, whose JSON leaves out these fields where they are empty, as Go's `omitempty` does. */
export function omitEmpty(struct: Struct, fields: readonly string[]): Struct {
  const kept = Object.entries(struct).filter(([field, value]) => !fields.includes(field) || isTrue(value));
  return Object.defineProperty({ ...struct }, "toJSON", { value: () => Object.fromEntries(kept) });
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isMap(value: Value): value is ReadonlyMap<string, Value> {
  return value instanceof Map;
}

export function isStruct(value: Value): value is Struct {
  return typeof value === "object" && value !== null && !isList(value) && !isMap(value);
}

/** The keys and values of a map in the order of the keys, as Go shows them. */
export function sortedEntries(map: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** As `{{.}}` prints a value (fmt, `%v`). */
export function printed(value: Value): string {
  if (value === undefined) return "<no value>";
  if (value === null) return "<nil>";
  if (isList(value)) return `[${value.map(printed).join(" ")}]`;
  if (isMap(value))
    return `map[${sortedEntries(value)
      .map(([key, inner]) => `${key}:${printed(inner)}`)
      .join(" ")}]`;
  if (isStruct(value)) return `{${Object.values(value).map(printed).join(" ")}}`;
  return String(value);
}

/** As `{{json .}}` prints a value; `indent` in spaces. */
export function jsonOf(value: Value, indent?: number): string {
  const plain = (_key: string, inner: Value) =>
    isMap(inner) ? Object.fromEntries(sortedEntries(inner)) : inner;
  return visibleJson(JSON.stringify(value ?? null, plain, indent));
}

/** What `if`, `with` and `and` take for true: everything but zero and empty (text/template, "Actions"). */
export function isTrue(value: Value): boolean {
  if (isList(value)) return value.length > 0;
  if (isMap(value)) return value.size > 0;
  return Boolean(value);
}

/** What a value is, for errors. */
export function kindOf(value: Value): string {
  if (value === undefined) return "no value";
  if (value === null) return "nil";
  if (isList(value)) return "a list";
  if (isMap(value)) return "a map";
  if (isStruct(value)) return "an object";
  return typeof value === "string" ? "text" : `a ${typeof value}`;
}
