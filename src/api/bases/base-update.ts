import { TareError } from "../../base/index.ts";
import type { LockedTarget } from "../../compose/index.ts";
import { type Recipe, type RecipeReference, summarizeRecipe } from "../../recipe/index.ts";
import { writeFiles } from "../write-files.ts";
import { type BaseAccess, type BaseTarget, holdResolver, targetOf } from "./base-access.ts";
import { lockToWrite, mergeTargets } from "./base-locks.ts";
import { recipeReading } from "./compiled-recipes.ts";
import { changesBetween, type PackageChange } from "./package-changes.ts";
import { lockPath, readLock, readRecipeFor, recipeNamed } from "./recipes.ts";

/** Which lock to move. */
export interface UpdateBaseRequest extends BaseAccess {
  /** The recipe's file; a version behind it narrows it to one release. */
  readonly reference: string;
  /** Tell, and leave the lock alone. */
  readonly dryRun?: boolean;
  /** Told of each target before it is resolved. */
  readonly onTarget?: (target: BaseTarget) => void;
}

/** What moved. */
export interface BaseUpdate {
  readonly lock: string;
  /** `unchanged`: the same packages, so the file is left alone; `kept`: there are changes, but `dryRun` was asked for. */
  readonly outcome: "written" | "unchanged" | "kept";
  readonly targets: readonly (BaseTarget & { readonly changes: readonly PackageChange[] })[];
}

/**
 * Resolves the targets of a lock by today's lists and writes what came of it. Fetches the new packages, whose changelogs
 * name the CVE ids that they fix. Errors as in `resolveBases`; `user-bad-lock` when there is no lock.
 */
export async function updateBase(
  request: UpdateBaseRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<BaseUpdate> {
  const { reference, path, before } = await openLock(request);
  const recipes = await lockedRecipes(reference, before);
  await using resolver = await holdResolver(request, { what: "tare base update", refresh: true });
  const fresh: LockedTarget[] = [];
  const known = new Map<string, readonly string[]>();
  const targets: (BaseTarget & { readonly changes: readonly PackageChange[] })[] = [];
  for (const { recipe, earlier } of recipes) {
    request.onTarget?.(targetOf(recipe));
    const locked = await resolver.resolve({ recipe, reference }, signal);
    const fetch = (info: LockedTarget["packages"][number]) => resolver.fetchPackage(recipe, info, signal);
    fresh.push(locked);
    targets.push({ ...targetOf(recipe), changes: await changesBetween(earlier, { locked, fetch, known }) });
  }
  const file = lockToWrite({ path, before, after: await mergeTargets(reference, { before, fresh }) });
  if (file && !request.dryRun) await writeFiles([file]);
  return { lock: path, outcome: outcomeOf(file !== undefined, request), targets };
}

function outcomeOf(isChanged: boolean, { dryRun = false }: UpdateBaseRequest): BaseUpdate["outcome"] {
  if (!isChanged) return "unchanged";
  return dryRun ? "kept" : "written";
}

async function openLock({ reference: text }: UpdateBaseRequest) {
  const reference = recipeNamed(text);
  if (reference.kind === "shipped")
    throw new TareError("user-bad-flag", `${reference.name} is a recipe that ships: it has no lock`, {
      hint: "update takes a recipe's file that `tare base resolve` has locked",
    });
  const path = lockPath(reference.path);
  const before = await readLock(path);
  if (before) return { reference, path, before };
  await summarizeRecipe({ reference, ...recipeReading() });
  throw new TareError("user-bad-lock", `there is no lock ${path} yet`, {
    hint: `make it: tare base resolve ${reference.path}`,
  });
}

/** What the recipe comes to now for each target of the lock that it is still for. */
async function lockedRecipes(
  reference: RecipeReference,
  before: readonly LockedTarget[],
): Promise<readonly { readonly recipe: Recipe; readonly earlier: LockedTarget }[]> {
  const { releases, architectures } = await summarizeRecipe({ reference, ...recipeReading() });
  const wanted = before.filter(
    ({ release, architecture, debug }) =>
      releases.includes(release) &&
      architectures.includes(architecture) &&
      (reference.release ?? release) === release &&
      (debug || !reference.debug),
  );
  if (wanted.length === 0)
    throw new TareError("user-stale-lock", "the lock holds nothing of what the recipe is for", {
      hint: "lock it anew: tare base resolve RECIPE",
    });
  return Promise.all(
    wanted.map(async (earlier) => {
      const { release, architecture, debug } = earlier;
      return { recipe: await readRecipeFor({ ...reference, release, debug }, architecture), earlier };
    }),
  );
}
