/**
 * recipe: what an image is composed of, said in YAML. Text to a checked and complete value for one Debian release and
 * one architecture, with positions in its errors. Fetches and composes nothing; reads only through what it is lent.
 */

export type { ReadFile } from "./document.ts";
export type { RecipeReading } from "./extends.ts";
export * from "./glob.ts";
export * from "./image-config.ts";
export * from "./nonroot.ts";
export * from "./read-recipe.ts";
export * from "./reference.ts";
export { RELEASES, releaseNamed } from "./release.ts";
export * from "./remember.ts";
export * from "./shipped.ts";
export type * from "./types.ts";
export { recipeText } from "./write-recipe.ts";
