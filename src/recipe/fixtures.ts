import { readFile } from "node:fs/promises";
import { TareError } from "../base/index.ts";
import { readRecipe } from "./read-recipe.ts";
import { parseRecipeReference } from "./reference.ts";
import type { Recipe } from "./types.ts";

/** The folder of the recipes that ship. */
export const SHIPPED_FOLDER = new URL("../../recipes/", import.meta.url).pathname;

/** Reads a recipe out of files that are only named here; those that ship are there too. */
export function readFrom(
  files: Readonly<Record<string, string>>,
  { reference = "/r/recipe.yaml", architecture = "amd64" } = {},
): Promise<Recipe> {
  return readRecipe({
    reference: parseRecipeReference(reference),
    architecture,
    shippedFolder: SHIPPED_FOLDER,
    readFile: async (path) => {
      const text = Object.hasOwn(files, path) ? files[path] : undefined;
      return text === undefined ? readFile(path) : Buffer.from(text);
    },
  });
}

/** A recipe of its text alone. */
export function readText(text: string, options: Parameters<typeof readFrom>[1] = {}): Promise<Recipe> {
  return readFrom({ "/r/recipe.yaml": text }, options);
}

/** One that ships. */
export function readShipped(reference: string, architecture = "amd64"): Promise<Recipe> {
  return readFrom({}, { reference, architecture });
}

/** What is wrong with a recipe, as `line:column-end message | hint`. */
export async function problemOf(reading: Promise<unknown>): Promise<string> {
  const error = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TareError) || error.code !== "user-bad-recipe") return `not refused: ${error}`;
  const range = error.facts.location?.range;
  const place = range ? `${range.start.line}:${range.start.column}-${range.end.column} ` : "";
  return `${place}${error.message} | ${error.facts.hint}`;
}
