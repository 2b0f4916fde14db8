import { readFile } from "node:fs/promises";
import { installed, RUNS_FROM_SOURCES, readIfExists, TareError } from "../../base/index.ts";
import {
  type DebianRelease,
  listRecipes,
  type Recipe,
  type RecipeReading,
  type RecipeReference,
  readRecipe,
  runAsNonroot,
} from "../../recipe/index.ts";

/** A recipe that ships, in all the forms that it can be asked for. */
export interface CompiledRecipe {
  /** The release that is meant when none is named. */
  readonly release: DebianRelease;
  readonly variants: Readonly<Record<string, Recipe>>;
}

/**
 * Every recipe that ships, read and completed, by name: written beside the programs when Tare is built, because reading
 * YAML and checking it takes longer than a build in which nothing has changed.
 */
export async function compileRecipes(
  reading = recipeReading(),
): Promise<Readonly<Record<string, CompiledRecipe>>> {
  const compiled: Record<string, CompiledRecipe> = {};
  for (const { name, releases, architectures } of await listRecipes(reading)) {
    const variants: Record<string, Recipe> = {};
    for (const release of releases)
      for (const architecture of architectures)
        for (const debug of [false, true]) {
          const recipe = await variant({ kind: "shipped", name, release, debug }, { architecture, reading });
          if (recipe) variants[variantKey({ release, debug }, architecture)] = recipe;
        }
    compiled[name] = { release: releases[0] as DebianRelease, variants };
  }
  return compiled;
}

/** A whole system has no variant with a shell: it has one. */
async function variant(
  reference: RecipeReference,
  { architecture, reading }: { readonly architecture: string; readonly reading: RecipeReading },
): Promise<Recipe | undefined> {
  try {
    return await readRecipe({ reference, architecture, ...reading });
  } catch (error) {
    if (reference.debug && error instanceof TareError) return undefined;
    throw error;
  }
}

/** What was written when Tare was built; undefined where it runs from its sources, and for what there is not. */
export async function compiledRecipe(
  reference: RecipeReference,
  architecture: string,
): Promise<Recipe | undefined> {
  if (reference.kind !== "shipped" || RUNS_FROM_SOURCES) return undefined;
  const text = await readIfExists(installed(`dist/recipes/${reference.name}.json`));
  if (!text) return undefined;
  const { release, variants } = JSON.parse(text.toString("utf8")) as CompiledRecipe;
  const key = variantKey({ ...reference, release: reference.release ?? release }, architecture);
  const recipe = Object.hasOwn(variants, key) ? variants[key] : undefined;
  return recipe && reference.nonroot ? runAsNonroot(recipe) : recipe;
}

function variantKey(
  { release, debug }: { readonly release: DebianRelease; readonly debug: boolean },
  architecture: string,
): string {
  return `${release}${debug ? "-debug" : ""} ${architecture}`;
}

/** How recipes are read: from the disk, those that ship from the package's own folder. */
export function recipeReading(): RecipeReading {
  return { shippedFolder: installed("recipes"), readFile: (path) => readFile(path) };
}
