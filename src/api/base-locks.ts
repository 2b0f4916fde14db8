import { formatLock, isFor, isSameLock, type LockedTarget, type TargetName } from "../compose/index.ts";
import type { RecipeReference } from "../recipe/index.ts";
import { readRecipeFor } from "./recipes.ts";
import type { WantedText } from "./write-files.ts";

/** A lock before and after. */
export interface LockChange {
  readonly path: string;
  readonly before: readonly LockedTarget[];
  readonly after: readonly LockedTarget[];
}

/** What a lock comes to when some targets were resolved: the others stay, as long as the recipe is the one they lock. */
export async function mergeTargets(
  reference: RecipeReference,
  { before, fresh }: { readonly before: readonly LockedTarget[]; readonly fresh: readonly LockedTarget[] },
): Promise<readonly LockedTarget[]> {
  const others: LockedTarget[] = [];
  for (const target of before)
    if (!fresh.some((one) => isFor(one, target)) && (await isCurrent(reference, target))) others.push(target);
  return [...others, ...fresh].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

async function isCurrent(reference: RecipeReference, target: LockedTarget): Promise<boolean> {
  const { release, architecture, debug } = target;
  const recipe = await readRecipeFor({ ...reference, release, debug }, architecture).catch(() => undefined);
  return recipe?.digest === target.recipe;
}

/** The newest release first. */
function orderOf({ release, architecture, debug }: TargetName): string {
  return `${1000 - Number(release)} ${debug ? "b" : "a"} ${architecture}`;
}

/** The file to write; undefined when the lock that is there comes to the same packages. */
export function lockToWrite({ path, before, after }: LockChange): WantedText | undefined {
  const isSame =
    before.length === after.length &&
    after.every((target) => before.some((one) => isFor(one, target) && isSameLock(one, target)));
  return isSame ? undefined : { path, text: formatLock(after) };
}
