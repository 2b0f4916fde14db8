import { TareError } from "../../base/index.ts";
import { formatLock, isFor, isSameLock, type LockedTarget, type TargetName } from "../../compose/index.ts";
import type { RecipeReference } from "../../recipe/index.ts";
import type { WantedText } from "../write-files.ts";
import { readRecipeFor } from "./recipes.ts";

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

/**
 * The file to write; undefined when the lock that is there comes to the same packages. `integrity-signature` when what
 * moves was chosen by lists older than the lock's: well signed and still valid, they can be served again by anybody who
 * wants packages with known holes back.
 */
export function lockToWrite({ path, before, after }: LockChange): WantedText | undefined {
  const isSame =
    before.length === after.length &&
    after.every((target) => before.some((one) => isFor(one, target) && isSameLock(one, target)));
  if (isSame) return undefined;
  for (const target of after)
    refuseOlder(path, { target, earlier: before.find((one) => isFor(one, target)) });
  return { path, text: formatLock(after) };
}

function refuseOlder(
  path: string,
  { target, earlier }: { readonly target: LockedTarget; readonly earlier: LockedTarget | undefined },
): void {
  for (const { repository, suite, date } of target.releases) {
    const locked = earlier?.releases.find((one) => one.repository === repository && one.suite === suite);
    if (!locked || !(Date.parse(date) < Date.parse(locked.date))) continue;
    throw new TareError(
      "integrity-signature",
      `the list of ${suite} is older than the lock ${path}: it is of ${date}, the lock's of ${locked.date}`,
      {
        hint: "the mirror is behind, or somebody serves an old list again: try later or another --debian-mirror; to go back on purpose, remove the lock",
      },
    );
  }
}
