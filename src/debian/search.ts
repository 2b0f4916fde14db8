import { TareError } from "../base/index.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Dependency } from "./dependency-rules.ts";
import type { PackageInfo } from "./package-index.ts";
import type { Clause } from "./relation.ts";
import { type Failure, failureError } from "./search-failure.ts";

/** What a search has to find. */
export interface Problem {
  readonly catalogue: Catalogue;
  /** Has to be satisfied, whatever the rules. */
  readonly wanted: readonly Clause[];
  readonly follow: boolean;
  /** Whether a dependency that comes to this package, or that none satisfies, is left out. */
  readonly isDropped: (dependency: Dependency) => boolean;
}

/** A chosen package and who needed it first; nobody for a wanted one. */
export interface Choice {
  readonly info: PackageInfo;
  readonly by: PackageInfo | undefined;
}

/**
 * Finds packages that satisfy every clause and do not exclude each other. Of each clause the first option is
 * tried first, and clauses that leave no choice come before those that do, so the outcome does not hang on the
 * order of wishes. When a clause can not be satisfied, the search goes back to the youngest decision that is to
 * blame for it (conflict-directed backjumping) and takes its next option. `resolve-package` when there is none,
 * with the first obstacle, or when more than `MAX_TRIES` were tried.
 */
export function search(problem: Problem): ReadonlyMap<string, Choice> {
  const state: State = {
    problem,
    chosen: new Map(),
    decisions: [],
    queues: [[], []],
    heads: [0, 0],
    tries: 0,
  };
  addNeeds(state, { clauses: problem.wanted, by: undefined, level: 0 });
  for (let need = nextNeed(state); need; need = nextNeed(state)) {
    if (isSatisfied(state.chosen, need.clause, problem.catalogue)) continue;
    const decision: Decision = {
      need,
      next: 0,
      blame: new Set([need.level]),
      lengths: [state.queues[0].length, state.queues[1].length],
      heads: [...state.heads],
    };
    if (!decide(state, decision)) backjump(state, decision.blame);
  }
  return state.chosen;
}

/** Whether one of the chosen packages does for a clause. */
export function isSatisfied(
  chosen: ReadonlyMap<string, Choice>,
  clause: Clause,
  { options, fits }: Catalogue,
): boolean {
  if (clause.some(({ name }) => fitsChosen(chosen.get(name)?.info, clause, fits))) return true;
  return options(clause).some((option) => chosen.get(option.name)?.info === option);
}

function fitsChosen(info: PackageInfo | undefined, clause: Clause, fits: Catalogue["fits"]): boolean {
  return info !== undefined && fits(info, clause);
}

/** More than any real request needs by far; a search that is cut off is a clear error, not an hour. */
const MAX_TRIES = 100_000;

interface Need {
  readonly clause: Clause;
  readonly by: PackageInfo | undefined;
  /** Of the decision that brought it; 0 for wishes. */
  readonly level: number;
}

interface Decision {
  readonly need: Need;
  /** The option to try next. */
  next: number;
  /** Levels without which the options so far would not have failed. */
  readonly blame: Set<number>;
  /** How the queues stood before it. */
  readonly lengths: readonly [number, number];
  readonly heads: readonly [number, number];
}

interface LevelledChoice extends Choice {
  readonly level: number;
}

interface State {
  readonly problem: Problem;
  readonly chosen: Map<string, LevelledChoice>;
  /** That of level n stands at n - 1. */
  readonly decisions: Decision[];
  /** Needs that leave no choice, and the others. */
  readonly queues: readonly [Need[], Need[]];
  heads: [number, number];
  tries: number;
  failure?: Failure & { readonly progress: number };
}

function addNeeds(
  { problem, queues }: State,
  { clauses, by, level }: { readonly clauses: readonly Clause[] } & Omit<Need, "clause">,
): void {
  for (const clause of clauses) {
    // Wishes come before everything, or what a rule drops could be a package that is named further on.
    const isOpen = by !== undefined && problem.catalogue.options(clause).length > 1;
    queues[isOpen ? 1 : 0].push({ clause, by, level });
  }
}

function nextNeed({ queues, heads }: State): Need | undefined {
  for (const at of [0, 1] as const) {
    const need = queues[at][heads[at]];
    if (!need) continue;
    heads[at]++;
    return need;
  }
  return undefined;
}

/** Takes the next option that nothing chosen excludes. False when there is none: then `blame` is complete. */
function decide(state: State, decision: Decision): boolean {
  const { catalogue, isDropped, follow } = state.problem;
  const { need } = decision;
  const options = catalogue.options(need.clause);
  const mayDrop = (option: PackageInfo | undefined) =>
    need.by !== undefined && isDropped({ clause: need.clause, by: need.by, option });
  if (options.length === 0 && mayDrop(undefined)) return true;
  const level = state.decisions.length + 1;
  for (let info = options[decision.next++]; info; info = options[decision.next++]) {
    countTry(state);
    if (mayDrop(info)) return state.decisions.push(decision) > 0;
    const blockers = [...state.chosen.values()].filter((other) => catalogue.excludes(info, other.info));
    if (blockers.length > 0) {
      noteFailure(state, { ...need, option: info, blocker: blockers[0]?.info });
      for (const blocker of blockers) decision.blame.add(blocker.level);
      continue;
    }
    state.decisions.push(decision);
    state.chosen.set(info.name, { info, by: need.by, level });
    if (follow) addNeeds(state, { clauses: catalogue.needs(info), by: info, level });
    return true;
  }
  if (options.length === 0) noteFailure(state, need);
  return false;
}

/** Goes back to the youngest decision to blame that has an option left. */
function backjump(state: State, failed: ReadonlySet<number>): void {
  let blame = failed;
  for (;;) {
    const level = Math.max(...blame);
    const decision = state.decisions[level - 1];
    if (!decision) throw failureError(state.failure);
    undo(state, level, decision);
    for (const one of blame) if (one !== level) decision.blame.add(one);
    if (decide(state, decision)) return;
    blame = decision.blame;
  }
}

function undo(state: State, level: number, { lengths, heads }: Decision): void {
  state.decisions.length = level - 1;
  for (const [name, choice] of state.chosen) if (choice.level >= level) state.chosen.delete(name);
  state.queues[0].length = lengths[0];
  state.queues[1].length = lengths[1];
  state.heads = [...heads];
}

/** The obstacle that the search got furthest to is the one worth telling. */
function noteFailure(
  state: State,
  failed: { readonly clause: Clause; readonly by: PackageInfo | undefined } & Pick<
    Failure,
    "option" | "blocker"
  >,
): void {
  const progress = state.heads[0] + state.heads[1];
  if (state.failure && state.failure.progress >= progress) return;
  const { clause, by, option, blocker } = failed;
  state.failure = { clause, by, option, blocker, chosen: new Map(state.chosen), progress };
}

function countTry(state: State): void {
  state.tries++;
  if (state.tries <= MAX_TRIES) return;
  throw new TareError("resolve-package", `no choice of packages was found in ${MAX_TRIES} tries`, {
    hint: "name the packages between which there is a choice, or leave some out with `without`",
    cause: failureError(state.failure),
  });
}
