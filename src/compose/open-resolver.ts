import type { PackageFile } from "../debian/index.ts";
import type { Recipe } from "../recipe/index.ts";
import type { LockedTarget } from "./lock.ts";
import type { RecipeToolsOptions } from "./recipe-tools.ts";

/** Finds what recipes come to, and fetches it. */
export interface Resolver extends AsyncDisposable {
  /** `resolve-package`, `integrity-*`, `registry-*`. */
  resolve(recipe: Recipe, signal: AbortSignal): Promise<LockedTarget>;
  /** The bytes of a package of the recipe, checked, from the cache or its source. */
  fetchPackage(recipe: Recipe, info: PackageFile, signal: AbortSignal): Promise<Buffer>;
}

/** Opens a resolver; what it takes is loaded only now. */
export async function openResolver(options: RecipeToolsOptions): Promise<Resolver> {
  const [{ openRecipeTools }, { resolveRecipe }] = await Promise.all([
    import("./recipe-tools.ts"),
    import("./resolve-recipe.ts"),
  ]);
  const tools = await openRecipeTools(options);
  return {
    resolve: (recipe, signal) => resolveRecipe(recipe, tools, signal),
    fetchPackage: (recipe, info, signal) => tools.fetching(recipe, signal).fetchPackage(info),
    [Symbol.asyncDispose]: () => tools[Symbol.asyncDispose](),
  };
}
