import type { SourceLocation } from "../base/index.ts";
import { parseYamlDocument, type YamlKind } from "../text/index.ts";
import type { RecipeFileContent } from "./schema.ts";
import { isTextPath } from "./text-path.ts";

/** Reads a file's bytes; rejects with what the system says. */
export type ReadFile = (path: string) => Promise<Uint8Array>;

/** One file of a recipe, which the schema accepts. */
export interface RecipeDocument {
  readonly path: string;
  readonly content: RecipeFileContent;
  locate(path: readonly PropertyKey[], part?: "key" | "value"): SourceLocation;
}

/** What errors say of recipes. */
export const RECIPE: YamlKind = {
  code: "user-bad-recipe",
  noun: "a recipe",
  manual: "docs/recipes.md has an example of every key",
};

/** Checks a recipe's text by the schema; the libraries for that are loaded now. `user-bad-recipe` with the place. */
export async function parseRecipeDocument(path: string, text: string): Promise<RecipeDocument> {
  const schema = async () => (await import("./schema.ts")).recipeSchema;
  const { content, locate } = await parseYamlDocument(text, {
    file: path,
    isText: isTextPath,
    kind: RECIPE,
    schema,
  });
  return { path, content, locate };
}
