import type { PlannedStep } from "../api/index.ts";

/** A step that was not cached. */
export interface MissedStep {
  readonly name: string;
  readonly reason: string;
}

/** A step whose result came from another machine. */
export interface ImportedStep {
  readonly name: string;
  /** The cache that had it. */
  readonly source: string;
}

/** `--explain`: each step that had to run with its reason below it, then what came from where. */
export function explanation(missed: readonly MissedStep[], imported: readonly ImportedStep[]): string {
  const steps = missed.map(({ name, reason }) => `  ${name}\n    because ${reason}\n`);
  const ran = missed.length === 0 ? "Every step was cached.\n" : `Not cached:\n${steps.join("")}`;
  const found = imported.map(({ name, source }) => `  ${name}\n    from ${source}\n`);
  return found.length === 0 ? ran : `${ran}Taken from other machines' caches:\n${found.join("")}`;
}

/** `--plan`: a line a step, what runs with its reason. */
export function planText(steps: readonly PlannedStep[]): string {
  const lines = steps.map(({ name, outcome, reason, source }) => {
    if (outcome === "run") return `RUN  ${name}\n     because ${reason}\n`;
    return source === undefined ? `HIT  ${name}\n` : `HIT  ${name}\n     from ${source}\n`;
  });
  const running = steps.filter(({ outcome }) => outcome === "run").length;
  return `${lines.join("")}${steps.length - running} of ${steps.length} steps are cached\n`;
}
