import { type Recipe, recipeText } from "../../recipe/index.ts";
import { architectureOf } from "./recipe-targets.ts";
import { readRecipeFor, recipeNamed } from "./recipes.ts";

/** Which recipe, for which platform; default: this machine's. */
export interface ShowBaseRequest {
  /** `python:12-debug`, `./ours.yaml`. */
  readonly reference: string;
  readonly platform?: string;
}

/** A recipe with all that it extends, as it is composed, and the same as text that is a recipe. `user-bad-recipe`. */
export async function showBase({
  reference,
  platform,
}: ShowBaseRequest): Promise<{ readonly recipe: Recipe; readonly text: string }> {
  const recipe = await readRecipeFor(recipeNamed(reference), architectureOf(platform));
  return { recipe, text: await recipeText(recipe) };
}
