import { isAbsolute, resolve } from "node:path";
import { readIfExists } from "../base/index.ts";
import { type LockedTarget, lockedTarget, parseLock } from "../compose/index.ts";
import type { Platform } from "../oci/index.ts";
import { parseRecipeReference, type Recipe, type RecipeReference, readRecipe } from "../recipe/index.ts";
import { compiledRecipe, recipeReading } from "./compiled-recipes.ts";

const SCHEME = "recipe://";

/** A recipe for one platform, and exactly what to compose it of when somebody has said so. */
export interface OpenedRecipe {
  readonly recipe: Recipe;
  readonly locked?: LockedTarget;
}

/** Whether a source of the build is composed by a recipe, as `recipe://python:12` and `recipe://FILE.yaml` are. */
export function isRecipeName(identifier: string): boolean {
  return identifier.startsWith(SCHEME);
}

/** The same with a whole path, because the engine works in a folder of its own. */
export function withWholeRecipePath(spec: string): string {
  const path = spec.slice(SCHEME.length);
  const isFile = /\.ya?ml(:[^:/]*)?$/.test(path);
  return !isFile || isAbsolute(path) ? spec : `${SCHEME}${resolve(path)}`;
}

/**
 * Opens the recipe of a source, and the lock beside a recipe's own file. `user-bad-recipe`, with the place in the file;
 * `user-stale-lock` when the recipe has changed since it was locked.
 */
export async function openRecipe(identifier: string, platform: Platform): Promise<OpenedRecipe> {
  const reference = parseRecipeReference(identifier.slice(SCHEME.length));
  const recipe = await readRecipeFor(reference, platform.architecture);
  if (reference.kind === "shipped") return { recipe };
  const file = lockPath(reference.path);
  const text = await readIfExists(file);
  if (!text) return { recipe };
  return { recipe, locked: lockedTarget(parseLock(text.toString("utf8"), file), recipe, file) };
}

/** Where the lock of a recipe's file is. */
export function lockPath(recipe: string): string {
  return recipe.replace(/\.ya?ml$/, ".lock.json");
}

/** A recipe, complete, for one architecture. */
export async function readRecipeFor(reference: RecipeReference, architecture: string): Promise<Recipe> {
  return (
    (await compiledRecipe(reference, architecture)) ??
    readRecipe({ reference, architecture, ...recipeReading() })
  );
}
