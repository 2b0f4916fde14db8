import { TareError } from "../base/index.ts";
import { checkDockerfile } from "./check.ts";
import type { CheckReport, CheckRequest, CheckWarning, Edit, Fix } from "./types.ts";

/** A finding that was fixed, at its line in the file as it was then. */
export interface AppliedFix {
  readonly rule: string;
  readonly line: number;
  readonly title: string;
}

export interface FixedDockerfile {
  readonly source: string;
  readonly fixes: readonly AppliedFix[];
  /** What is left. */
  readonly report: CheckReport;
}

/** One fix can uncover another; more rounds than this mean that two of them undo each other. */
const MAX_ROUNDS = 50;

/** Applies every fix there is until none is left; those that overlap wait for the next round. */
export function fixDockerfile(request: CheckRequest): FixedDockerfile {
  const fixes: AppliedFix[] = [];
  let source = request.source;
  let report = checkDockerfile(request);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const chosen = compatibleFixes(report.warnings);
    if (chosen.length === 0) break;
    source = applyEdits(
      source,
      chosen.flatMap(({ fix }) => fix.edits),
    );
    fixes.push(
      ...chosen.map(({ rule, range, fix }) => ({ rule: rule.id, line: range.start.line, title: fix.title })),
    );
    report = checkAgain({ ...request, source }, chosen);
  }
  return { source, fixes, report };
}

/** The text with all edits made; they must not overlap. */
function applyEdits(source: string, edits: readonly Edit[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start)) {
    pieces.push(source.slice(at, start), text);
    at = end;
  }
  return pieces.join("") + source.slice(at);
}

type Fixable = CheckWarning & { readonly fix: Fix };

function compatibleFixes(warnings: readonly CheckWarning[]): readonly Fixable[] {
  const taken: Edit[] = [];
  const chosen: Fixable[] = [];
  for (const warning of warnings) {
    const { fix } = warning;
    if (!fix || fix.edits.some((edit) => taken.some((other) => overlap(edit, other)))) continue;
    taken.push(...fix.edits);
    chosen.push({ ...warning, fix });
  }
  return chosen;
}

/** Edits that touch count too: the order of two insertions at one place would be chance. */
function overlap(a: Edit, b: Edit): boolean {
  return a.start <= b.end && b.start <= a.end;
}

function checkAgain(request: CheckRequest, chosen: readonly Fixable[]): CheckReport {
  try {
    return checkDockerfile(request);
  } catch (error) {
    const rules = [...new Set(chosen.map(({ rule }) => rule.id))].join(", ");
    throw new TareError("internal-bug", `fixing ${rules} would break the Dockerfile`, {
      hint: "leave the rule out with --skip, and please report it",
      cause: error,
    });
  }
}
