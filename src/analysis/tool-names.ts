import { TOOL_NAMES } from "./attack-rules.ts";
import type { ToolKind } from "./types.ts";

/** What a program of that name is good for; undefined of a name that is no tool's. */
export function kindOf(name: string): ToolKind | undefined {
  return EXACT.get(name) ?? VERSIONED.get(VERSION.exec(name)?.[1] ?? "");
}

/** Kinds by name, of those with a version the part before it. */
const NAMES: readonly { readonly name: string; readonly kind: ToolKind }[] = (
  Object.entries(TOOL_NAMES) as [ToolKind, string][]
).flatMap(([kind, names]) => names.split(" ").map((name) => ({ name, kind })));
const EXACT = new Map(NAMES.map(({ name, kind }) => [name.replace("*", ""), kind]));
const VERSIONED = new Map(
  NAMES.filter(({ name }) => name.endsWith("*")).map(({ name, kind }) => [name.slice(0, -1), kind]),
);

const VERSION = /^(.*?)-?\d[\d.]*$/;
