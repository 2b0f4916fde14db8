import type { Stage } from "./ast.ts";

/** The stage of that name (case does not matter, the last one wins) or number; undefined when there is none. */
export function resolveStageName(stages: readonly Stage[], name: string): Stage | undefined {
  const wanted = name.toLowerCase();
  const named = stages.findLast(({ from }) => from.alias?.text.toLowerCase() === wanted);
  return named ?? (/^\d+$/.test(name) ? stages[Number(name)] : undefined);
}
