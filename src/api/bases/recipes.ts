import { isAbsolute, resolve } from "node:path";
import { readIfExists, sha256, TareError, withFacts } from "../../base/index.ts";
import { type LockedTarget, lockedTarget, parseLock } from "../../compose/index.ts";
import type { Platform } from "../../oci/index.ts";
import {
  type LayerGrouping,
  locateName,
  locateNames,
  parseRecipeReference,
  type Recipe,
  type RecipeReference,
  readRecipe,
  rememberRecipe,
  type SaidNames,
} from "../../recipe/index.ts";
import type { Store } from "../../store/index.ts";
import { VERSION } from "../version.ts";
import { compiledRecipe, recipeReading } from "./compiled-recipes.ts";

const SCHEME = "recipe://";

/** A recipe for one platform, and exactly what to compose it of when somebody has said so. */
export interface OpenedRecipe {
  readonly recipe: Recipe;
  readonly reference: RecipeReference;
  readonly locked?: LockedTarget;
  /** The file that says it. */
  readonly lock?: string;
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

/** What people name: `python:12`, `tare/python:12`, `./ours.yaml`, each also behind `recipe://`. `user-bad-recipe`. */
export function recipeNamed(text: string): RecipeReference {
  return parseRecipeReference(isRecipeName(text) ? text.slice(SCHEME.length) : text);
}

/**
 * Opens the recipe of a source, and the lock beside a recipe's own file. `user-bad-recipe`, with the place in the file;
 * `user-stale-lock` when the recipe has changed since it was locked.
 */
export async function openRecipe(
  identifier: string,
  { platform, store }: { readonly platform: Pick<Platform, "architecture">; readonly store: Store },
): Promise<OpenedRecipe> {
  const reference = recipeNamed(identifier);
  const recipe = await readRecipeFor(reference, platform.architecture, store);
  if (reference.kind === "shipped") return { recipe, reference };
  const lock = lockPath(reference.path);
  const targets = await readLock(lock);
  if (!targets) return { recipe, reference };
  return {
    recipe,
    reference,
    lock,
    locked: lockedTarget(targets, { recipe, path: reference.path, file: lock }),
  };
}

/** The same with other layers: the same files, so a lock fits as before, but another image. */
export function withLayers(opened: OpenedRecipe, layers: LayerGrouping | undefined): OpenedRecipe {
  if (layers === undefined || layers === opened.recipe.layers) return opened;
  const digest = sha256(`${opened.recipe.digest} ${layers}`);
  return { ...opened, recipe: { ...opened.recipe, layers, digest } };
}

/** Where the lock of a recipe's file is. */
export function lockPath(recipe: string): string {
  return recipe.replace(/\.ya?ml$/, ".lock.json");
}

/** What a lock holds; undefined when it is not there. `user-bad-lock`. */
export async function readLock(path: string): Promise<readonly LockedTarget[] | undefined> {
  const text = await readIfExists(path).catch((cause: unknown) => {
    throw new TareError("user-bad-lock", `the lock ${path} can not be read: ${reasonOf(cause)}`, {
      hint: "check its owner and mode",
      cause,
    });
  });
  return text && parseLock(text.toString("utf8"), path).targets;
}

/** A recipe, complete, for one architecture. With a store, what it came to before is not parsed again. */
export async function readRecipeFor(
  reference: RecipeReference,
  architecture: string,
  store?: Store,
): Promise<Recipe> {
  const compiled = await compiledRecipe(reference, architecture);
  if (compiled) return compiled;
  const request = { reference, architecture, ...recipeReading() };
  return store ? rememberRecipe(request, memoryIn(store)) : readRecipe(request);
}

/** Throws the error with the place in the recipe's own file that names what it is about, where one does. */
export async function rejectInRecipe(
  error: unknown,
  { reference, recipe }: Pick<OpenedRecipe, "reference" | "recipe">,
): Promise<never> {
  const subject = error instanceof TareError ? error.facts.subject : undefined;
  if (!(error instanceof TareError) || subject === undefined || reference.kind === "shipped") throw error;
  const request = { reference, architecture: recipe.architecture, ...recipeReading() };
  const location = await locateName(subject, request).catch(() => undefined);
  throw location ? withFacts(error, { location }) : error;
}

/** Which recipe of the chain names what; nothing where the files have changed and can not be read. */
export async function namesSaidBy({
  reference,
  recipe,
}: Pick<OpenedRecipe, "reference" | "recipe">): Promise<SaidNames | undefined> {
  const request = { reference, architecture: recipe.architecture, ...recipeReading() };
  return locateNames(request).catch(() => undefined);
}

function memoryIn({ keys }: Store): Parameters<typeof rememberRecipe>[1] {
  return {
    version: VERSION,
    async get(key) {
      const { recipe } = ((await keys.get(key)) ?? {}) as { readonly recipe?: unknown };
      return typeof recipe === "string" ? recipe : undefined;
    },
    put: (key, recipe) => keys.put(key, { recipe }),
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
