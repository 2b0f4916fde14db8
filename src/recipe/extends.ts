import { dirname, isAbsolute, join, normalize } from "node:path";
import { isSystemError, type SourceLocation, TareError } from "../base/index.ts";
import { decodeText } from "../text/index.ts";
import { parseRecipeDocument, RECIPE, type ReadFile, type RecipeDocument } from "./document.ts";
import { unknownRecipe } from "./reference.ts";
import { SHIPPED_RECIPES } from "./shipped.ts";

/** How to read recipes. */
export interface RecipeReading {
  /** Where the recipes are that ship. */
  readonly shippedFolder: string;
  readonly readFile: ReadFile;
}

/** So long a chain is a mistake, if it is no circle. */
const DEEPEST = 16;

/**
 * A recipe's file behind all that it extends, the farthest first. `text` is its content where that is not to be read.
 * `user-bad-recipe`, with the place of the `extends`, for a circle, for more than sixteen, and for a file that
 * is not there.
 */
export async function readChain(
  path: string,
  { text, reading }: { readonly text?: string | undefined; readonly reading: RecipeReading },
): Promise<readonly RecipeDocument[]> {
  const chain = [await parseRecipeDocument(path, text ?? (await readText(path, { reading })))];
  for (let next = extended(chain[0] as RecipeDocument, reading); next; ) {
    const { path: above, location } = next;
    refuseLoop(above, { chain, location });
    const file = await parseRecipeDocument(above, await readText(above, { reading, location }));
    chain.unshift(file);
    next = extended(file, reading);
  }
  return chain;
}

/** The path of a recipe that ships. */
export function shippedPath(name: string, { shippedFolder }: Pick<RecipeReading, "shippedFolder">): string {
  return join(shippedFolder, `${name}.yaml`);
}

/** A path that a recipe names, seen from the recipe's folder. */
export function besides(recipe: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(recipe), path);
}

interface Extended {
  readonly path: string;
  readonly location: SourceLocation;
}

function extended(file: RecipeDocument, reading: RecipeReading): Extended | undefined {
  const name = file.content.extends;
  if (name === undefined) return undefined;
  const location = file.locate(["extends"]);
  if (/\.ya?ml$/.test(name)) return { path: besides(file.path, name), location };
  if (SHIPPED_RECIPES.includes(name)) return { path: shippedPath(name, reading), location };
  if (SHIPPED_RECIPES.includes(name.split(":", 1)[0] as string))
    throw new TareError(
      "user-bad-recipe",
      `extends takes a name without a version, not ${JSON.stringify(name)}`,
      {
        hint: "the release is that of the recipe that is asked for; see the key debian",
        location,
      },
    );
  const { code, message, facts } = unknownRecipe(name);
  throw new TareError(code, message, { ...facts, location });
}

function refuseLoop(
  path: string,
  { chain, location }: { readonly chain: readonly RecipeDocument[]; readonly location: SourceLocation },
): void {
  const isLoop = chain.some((file) => normalize(file.path) === normalize(path));
  if (!isLoop && chain.length <= DEEPEST) return;
  throw new TareError(
    "user-bad-recipe",
    isLoop ? `the recipe ${path} extends itself` : `the recipe extends more than ${DEEPEST} others`,
    { hint: `it goes ${[...chain.map((file) => file.path).reverse(), path].join(" -> ")}`, location },
  );
}

/** A text file of a recipe; the error names the place that asks for it. */
async function readText(
  path: string,
  { reading, location }: { readonly reading: RecipeReading; readonly location?: SourceLocation },
): Promise<string> {
  const bytes = await readBytes(path, { readFile: reading.readFile, location });
  return decodeText(bytes, { file: path, kind: RECIPE });
}

/** The bytes of a file that a recipe names. */
export async function readBytes(
  path: string,
  { readFile, location }: { readonly readFile: ReadFile; readonly location: SourceLocation | undefined },
): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new TareError("user-bad-recipe", `the file ${path} ${unreadable(cause.code)}`, {
      hint: location
        ? "paths in a recipe are seen from the folder that the recipe is in"
        : "check the path; tare base init FILE.yaml writes a first recipe, tare base ls lists those that ship",
      cause,
      ...(location !== undefined && { location }),
    });
  }
}

function unreadable(code: string | undefined): string {
  if (code === "ENOENT") return "does not exist";
  return code === "EISDIR" ? "is a folder" : `can not be read (${code})`;
}
