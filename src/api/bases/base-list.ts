import { listRecipes, type RecipeSummary } from "../../recipe/index.ts";
import { recipeReading } from "./compiled-recipes.ts";

/** The recipes that ship, in their order. */
export function listBases(): Promise<readonly RecipeSummary[]> {
  return listRecipes(recipeReading());
}
