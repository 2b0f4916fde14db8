import { mergedPath } from "../tree/index.ts";

/**
 * An absolute path or pattern as everything else writes it: one slash between components, none at the end, and below
 * `/usr` what a merged system has there. The path must not have a component `..`.
 */
export function normalPath(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return `/${mergedPath(parts.join("/"))}`;
}
