import { open, readFile, rm } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { installed, isSystemError, TareError } from "../../base/index.ts";
import { type RecipeReference, readRecipe, summarizeRecipe } from "../../recipe/index.ts";
import { unwritable } from "../write-files.ts";
import { recipeReading } from "./compiled-recipes.ts";
import { recipeNamed } from "./recipes.ts";

/** Where a first recipe is wanted, and what it extends. */
export interface InitBaseRequest {
  /** Ends with .yaml or .yml. */
  readonly path: string;
  /** `python`, `python:12`, `./other.yaml`; default: base. */
  readonly extends?: string;
}

/** What was written. */
export interface InitializedBase {
  /** The recipe. */
  readonly text: string;
  /** Its file, and that of the schema where editors could not find it otherwise. */
  readonly files: readonly string[];
}

const SCHEMA = installed("docs/recipe.schema.json");

/**
 * Writes a short recipe with comments, which can be composed as it is, and beside it the schema for editors, unless Tare
 * is a package of the same project or that file is there; nothing is overwritten. `user-conflict` when the file is there, `user-bad-recipe` when it would extend what there is not.
 */
export async function initBase({ path, extends: above = "base" }: InitBaseRequest): Promise<InitializedBase> {
  if (!/\.ya?ml$/.test(path))
    throw new TareError("user-bad-flag", `${JSON.stringify(path)} is no name for a recipe's file`, {
      hint: "its name ends with .yaml: tare base init ours.yaml",
    });
  const schema = schemaFor(path);
  const text = recipeTextOf(path, { above: recipeNamed(above), schema });
  await refuseWhatDoesNotRead({ kind: "file", path, debug: false }, text);
  await writeNew(path, text);
  const isWritten = schema.copy !== undefined && (await writeUnlessThere(schema.copy));
  return { text, files: [path, ...(isWritten ? [schema.copy] : [])] };
}

function recipeTextOf(
  path: string,
  { above, schema }: { readonly above: RecipeReference; readonly schema: Schema },
): string {
  if (above.debug)
    throw new TareError("user-bad-flag", "a recipe can not extend a variant debug", {
      hint: "extend the recipe itself; its own variant is there by itself: tare base build ours.yaml:debug",
    });
  const name = above.kind === "shipped" ? above.name : seenFrom(path, above.path);
  const releases =
    above.release === undefined
      ? "# Debian's releases that it is for, the first by default; without this those of what it extends.\n# debian: [13, 12]\n"
      : `debian: [${above.release}]\n`;
  return `# yaml-language-server: $schema=${schema.name}
# A recipe of a base image. Build it: tare base build -t NAME ${path}
description: What our services stand on

# A recipe that ships (tare base ls), or ./ANOTHER.yaml. Everything below adds to it.
extends: ${name}
${releases}
# Debian packages, with what they depend on; tare base why ${path} PACKAGE explains one.
packages: []
# packages:
#   - libpq5
#   - { name: libc-bin, slices: [c-utf8] } # only a part of it

# How a container starts.
# environment: { LANG: C.UTF-8 }
# user: nonroot
# workdir: /home/nonroot
# entrypoint: [/usr/bin/app]
`;
}

/** A path as it is seen from the folder of the recipe. */
function seenFrom(recipe: string, path: string): string {
  const seen = relative(dirname(resolve(recipe)), resolve(path));
  return JSON.stringify(seen.startsWith("../") ? seen : `./${seen}`);
}

/** Where editors find the schema, on every machine that has the recipe. */
interface Schema {
  /** As the recipe names it: seen from its folder, never from the root of this machine. */
  readonly name: string;
  /** The file that has to be written beside the recipe for that. */
  readonly copy?: string;
}

/** The schema that is installed with Tare where Tare is a part of the project; else a copy beside the recipe. */
function schemaFor(recipe: string): Schema {
  const folder = dirname(resolve(recipe));
  const [project] = SCHEMA.split("/node_modules/", 1) as [string];
  if (project !== SCHEMA && folder.concat("/").startsWith(`${project}/`))
    return { name: relative(folder, SCHEMA) };
  const name = basename(SCHEMA);
  return { name: `./${name}`, copy: join(dirname(recipe), name) };
}

/** Whatever is wrong is found before anything is written. */
async function refuseWhatDoesNotRead(reference: RecipeReference, text: string): Promise<void> {
  const request = { reference, text, ...recipeReading() };
  const { architectures } = await summarizeRecipe(request);
  await readRecipe({ ...request, architecture: architectures[0] ?? "" });
}

/** Whether it was written: one that is there stays as it is. */
async function writeUnlessThere(copy: string): Promise<boolean> {
  const text = await readFile(SCHEMA, "utf8");
  return writeNew(copy, text).then(
    () => true,
    (error: unknown) => {
      if (error instanceof TareError && error.code === "user-conflict") return false;
      throw error;
    },
  );
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    const handle = await open(path, "wx", 0o666);
    try {
      await handle.writeFile(text);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (isSystemError(cause, "EEXIST"))
      throw new TareError("user-conflict", `${path} is there already, and is not overwritten`, {
        hint: "name another file, or remove it first",
        cause,
      });
    throw unwritable(path, cause);
  }
}
