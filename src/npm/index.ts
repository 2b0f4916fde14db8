/**
 * npm: packages of the npm registry as files: which version a range means, its archive fetched and checked against the
 * registry's integrity. Nothing is installed, and no script of a package ever runs.
 */
export * from "./fetch-npm.ts";
export * from "./registry.ts";
export * from "./resolve-npm.ts";
