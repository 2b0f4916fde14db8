/**
 * compose: recipe -> layers. Resolving finds the exact packages, which a lock remembers. A distroless recipe becomes
 * files without any script being run, with the proof that they are complete; a whole system is configured by the
 * packages' own scripts, in a sandbox that the caller lends.
 */
export * from "./compose-recipe.ts";
export * from "./lock.ts";
export * from "./open-resolver.ts";
