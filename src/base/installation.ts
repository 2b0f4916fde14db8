import { fileURLToPath } from "node:url";

/** Whether Tare runs from its sources, without the files that are made beside the programs when it is built. */
export const RUNS_FROM_SOURCES = import.meta.url.endsWith(".ts");

/** A path in the folder that Tare is installed in: `installed("recipes")`. */
export function installed(path: string): string {
  return fileURLToPath(new URL(`${RUNS_FROM_SOURCES ? "../../" : "../"}${path}`, import.meta.url));
}
