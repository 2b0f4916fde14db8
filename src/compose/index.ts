/**
 * compose: recipe -> root file system. The recipe `debian` makes a full minimal distribution from signed
 * packages. Needs a sandbox only to configure it, which the caller lends.
 */
export * from "./compose-recipe.ts";
export * from "./recipe.ts";
