/** The recipes that ship, in the order they are listed: `recipes/NAME.yaml`. */
export const SHIPPED_RECIPES: readonly string[] = [
  "static",
  "base-nossl",
  "base",
  "cc",
  "python",
  "node",
  "node-debian",
  "java-base",
  "java",
  "nginx",
  "mariadb",
  "redis",
  "debian",
];

/** Laid over a recipe whose variant `debug` is asked for; no recipe of its own. */
export const DEBUG_OVERLAY = "debug";
