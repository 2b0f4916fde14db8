import { ATTACK_RULES } from "./attack-rules.ts";
import type { ImageAnalysis } from "./types.ts";

/** What an attacker would find in an image; the score is the sum of the rows. */
export interface AttackSurface {
  readonly score: number;
  /** One for each rule, in the order of the rules; those without findings too. */
  readonly rows: readonly AttackRow[];
}

export interface AttackRow {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  /** Points for each finding, and at most. */
  readonly weight: number;
  readonly most?: number;
  readonly count: number;
  readonly points: number;
  /** Paths, or words for people. */
  readonly found: readonly string[];
}

/** Counts what the rules find; `docs/attack-surface.md` says what each weighs and why. */
export function attackSurface(analysis: ImageAnalysis): AttackSurface {
  const rows = ATTACK_RULES.map(({ find, ...rule }): AttackRow => {
    const found = find(analysis);
    const points = Math.min(found.length * rule.weight, rule.most ?? Number.POSITIVE_INFINITY);
    return { ...rule, count: found.length, points, found };
  });
  return { score: rows.reduce((sum, { points }) => sum + points, 0), rows };
}
