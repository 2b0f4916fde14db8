import { TareError } from "../../base/index.ts";
import type { LockedTarget } from "../../compose/index.ts";
import type { Recipe, RecipeReference } from "../../recipe/index.ts";
import { writeFiles } from "../write-files.ts";
import {
  type BaseAccess,
  type BaseTarget,
  type HeldResolver,
  holdResolver,
  targetOf,
} from "./base-access.ts";
import { lockToWrite, mergeTargets } from "./base-locks.ts";
import { recipeTargets, type TargetChoice } from "./recipe-targets.ts";
import { lockPath, readLock, recipeNamed } from "./recipes.ts";

/** Which recipes to lock, and for what. */
export interface ResolveBasesRequest extends BaseAccess, TargetChoice {
  /** Files, or names of recipes that ship: those only with `output`. */
  readonly references: readonly string[];
  /** The lock; default: beside the recipe, as NAME.lock.json. Only with one reference. */
  readonly output?: string;
  /** Told of each target before it is resolved. */
  readonly onTarget?: (target: BaseTarget) => void;
}

/** A lock, and what was found for it. */
export interface ResolvedBase {
  readonly lock: string;
  /** The file is left alone when it comes to the same packages. */
  readonly outcome: "written" | "unchanged";
  readonly targets: readonly (BaseTarget & { readonly locked: LockedTarget })[];
}

/**
 * Finds the exact packages of recipes by today's signed lists and writes their locks, all or none. Targets of a lock
 * that were not asked for stay as they are. `user-bad-recipe`, `resolve-package`, `integrity-*`, `registry-*`,
 * `environment-disk`.
 */
export async function resolveBases(
  request: ResolveBasesRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly ResolvedBase[]> {
  const wanted = await wantedLocks(request);
  await using resolver = await holdResolver(request, { what: "tare base resolve", refresh: true });
  const found = [];
  for (const lock of wanted) found.push(await resolveLock(lock, { ...request, resolver }, signal));
  await writeFiles(found.map(({ file }) => file).filter((file) => file !== undefined));
  return found.map(({ result }) => result);
}

interface WantedLock {
  readonly path: string;
  readonly reference: RecipeReference;
  readonly before: readonly LockedTarget[];
  readonly recipes: readonly Recipe[];
}

/** By the file that is written; two versions of one recipe share theirs. */
async function wantedLocks(request: ResolveBasesRequest): Promise<readonly WantedLock[]> {
  if (request.output !== undefined && request.references.length > 1)
    throw new TareError("user-bad-flag", "one lock can not hold several recipes", {
      hint: "leave --output away: each lock is written beside its recipe",
    });
  const wanted = new Map<string, WantedLock>();
  for (const text of request.references) {
    const reference = recipeNamed(text);
    const path = request.output ?? pathOf(reference);
    const earlier = wanted.get(path);
    const before = earlier?.before ?? (await lockBefore(path, request));
    const recipes = [...(earlier?.recipes ?? []), ...(await recipeTargets(reference, request))];
    wanted.set(path, { path, reference, before, recipes });
  }
  return [...wanted.values()];
}

function pathOf(reference: RecipeReference): string {
  if (reference.kind === "file") return lockPath(reference.path);
  throw new TareError(
    "user-bad-flag",
    `${reference.name} is a recipe that ships: its lock has no place yet`,
    {
      hint: `write -o ${reference.name}.lock.json; to build by a lock, write a recipe that extends it: tare base init --extends ${reference.name} ours.yaml`,
    },
  );
}

/** What is no lock is made anew where a lock belongs, but never overwritten where somebody points to. */
async function lockBefore(path: string, { output }: ResolveBasesRequest): Promise<readonly LockedTarget[]> {
  try {
    return (await readLock(path)) ?? [];
  } catch (error) {
    if (!(error instanceof TareError) || error.code !== "user-bad-lock") throw error;
    if (output === undefined) return [];
    throw new TareError("user-conflict", `${path} is there, and is no lock`, {
      hint: "remove it, or name another file with --output",
      cause: error,
    });
  }
}

async function resolveLock(
  { path, reference, before, recipes }: WantedLock,
  { resolver, onTarget }: ResolveBasesRequest & { readonly resolver: HeldResolver },
  signal: AbortSignal,
) {
  const targets: (BaseTarget & { readonly locked: LockedTarget })[] = [];
  for (const recipe of recipes) {
    const target = targetOf(recipe);
    onTarget?.(target);
    targets.push({ ...target, locked: await resolver.resolve({ recipe, reference }, signal) });
  }
  const fresh = targets.map(({ locked }) => locked);
  const file = lockToWrite({ path, before, after: await mergeTargets(reference, { before, fresh }) });
  const outcome = file ? ("written" as const) : ("unchanged" as const);
  return { file, result: { lock: path, outcome, targets } };
}
