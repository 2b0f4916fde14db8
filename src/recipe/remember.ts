import { type Digest, sha256 } from "../base/index.ts";
import { contentDigest } from "./digest.ts";
import type { ReadFile } from "./document.ts";
import { type ReadRecipeRequest, readRecipe } from "./read-recipe.ts";
import type { Recipe } from "./types.ts";

/** Where texts are kept by a key, as long as somebody likes. */
export interface RecipeMemory {
  /** Of the program: what another one remembered is not asked for. */
  readonly version: string;
  get(key: Digest): Promise<string | undefined>;
  put(key: Digest, text: string): Promise<void>;
}

/** What reading a recipe came to, and the bytes it depended on. */
interface Remembered {
  readonly files: Readonly<Record<string, Digest>>;
  readonly recipe: Recipe;
}

/**
 * As `readRecipe`, but what was read before is taken as it is while every file that it came from has the same bytes: then
 * nothing is parsed, and no library for that is loaded. Mistakes are never remembered.
 */
export async function rememberRecipe(request: ReadRecipeRequest, memory: RecipeMemory): Promise<Recipe> {
  const { reference, text, architecture, shippedFolder, readFile } = request;
  const key = contentDigest(["recipe", memory.version, reference, text, architecture, shippedFolder]);
  const known = parse(await memory.get(key));
  if (known && (await isUnchanged(known, readFile))) return known.recipe;
  const files: Record<string, Digest> = {};
  const recipe = await readRecipe({
    ...request,
    readFile: async (path) => {
      const bytes = await readFile(path);
      files[path] = sha256(bytes);
      return bytes;
    },
  });
  await memory.put(key, JSON.stringify({ files, recipe } satisfies Remembered));
  return recipe;
}

/** A text that was cut off is as good as none. */
function parse(text: string | undefined): Remembered | undefined {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A file that can not be read is told by reading the recipe again. */
async function isUnchanged({ files }: Remembered, readFile: ReadFile): Promise<boolean> {
  const same = await Promise.all(
    Object.entries(files).map(async ([path, digest]) => {
      const bytes = await readFile(path).catch(() => undefined);
      return bytes !== undefined && sha256(bytes) === digest;
    }),
  );
  return same.every(Boolean);
}
