import type { PlannedStep } from "../api/index.ts";

/** A step that was not cached. */
export interface MissedStep {
  readonly name: string;
  readonly reason: string;
}

/** `--explain`: each step that had to run with its reason below it. */
export function explanation(missed: readonly MissedStep[]): string {
  if (missed.length === 0) return "Every step was cached.\n";
  const steps = missed.map(({ name, reason }) => `  ${name}\n    because ${reason}\n`);
  return `Not cached:\n${steps.join("")}`;
}

/** `--plan`: a line a step, what runs with its reason. */
export function planText(steps: readonly PlannedStep[]): string {
  const lines = steps.map(({ name, outcome, reason }) =>
    outcome === "hit" ? `HIT  ${name}\n` : `RUN  ${name}\n     because ${reason}\n`,
  );
  const running = steps.filter(({ outcome }) => outcome === "run").length;
  return `${lines.join("")}${steps.length - running} of ${steps.length} steps are cached\n`;
}
