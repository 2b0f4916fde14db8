import { type SourceLocation, TareError } from "../base/index.ts";
import type { RecipeFileContent } from "./schema.ts";
import { isTextPath } from "./text-path.ts";
import { parseYaml } from "./yaml-file.ts";

/** Reads a file's bytes; rejects with what the system says. */
export type ReadFile = (path: string) => Promise<Uint8Array>;

/** One file of a recipe, which the schema accepts. */
export interface RecipeDocument {
  readonly path: string;
  readonly content: RecipeFileContent;
  locate(path: readonly PropertyKey[], part?: "key" | "value"): SourceLocation;
}

/** Checks a recipe's text by the schema; the libraries for that are loaded now. `user-bad-recipe` with the place. */
export async function parseRecipeDocument(path: string, text: string): Promise<RecipeDocument> {
  const yaml = await parseYaml(text, { file: path, isText: isTextPath });
  const { recipeSchema } = await import("./schema.ts");
  const result = recipeSchema.safeParse(yaml.value);
  if (result.success) return { path, content: result.data, locate: yaml.locate };
  const { schemaError } = await import("./schema-error.ts");
  throw schemaError(result.error.issues, yaml);
}

/** Bytes as text; `user-bad-recipe` unless they are UTF-8. A byte order mark is dropped. */
export function decodeText(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TareError("user-bad-recipe", `${path} is not UTF-8 text`, {
      hint: "save the file as UTF-8",
      cause,
    });
  }
}
