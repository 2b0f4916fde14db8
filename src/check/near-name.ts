import { editDistance } from "../text/index.ts";

/** As BuildKit has it: nearer than three insertions, deletions and substitutions; case counts. */
const LIMIT = 3;

/** The variable that BuildKit says was meant by a name: the first of the nearest; undefined when none is near. */
export function nearVariable(name: string, known: Iterable<string>): string | undefined {
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= LIMIT) continue;
    const distance = editDistance(name, candidate, { swaps: false });
    if (distance < (best?.distance ?? LIMIT)) best = { candidate, distance };
  }
  return best?.candidate;
}
