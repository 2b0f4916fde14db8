import { open, rm } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isSystemError, TareError } from "../base/index.ts";
import { type RecipeReference, readRecipe, summarizeRecipe } from "../recipe/index.ts";
import { recipeReading } from "./compiled-recipes.ts";
import { recipeNamed } from "./recipes.ts";
import { unwritable } from "./write-files.ts";

/** Where a first recipe is wanted, and what it extends. */
export interface InitBaseRequest {
  /** Ends with .yaml or .yml. */
  readonly path: string;
  /** `python`, `python:12`, `./other.yaml`; default: base. */
  readonly extends?: string;
}

/**
 * Writes a short recipe with comments, which can be composed as it is; nothing is overwritten. Gives its text.
 * `user-conflict` when the file is there, `user-bad-recipe` when it would extend what there is not.
 */
export async function initBase({ path, extends: above = "base" }: InitBaseRequest): Promise<string> {
  if (!/\.ya?ml$/.test(path))
    throw new TareError("user-bad-flag", `${JSON.stringify(path)} is no name for a recipe's file`, {
      hint: "its name ends with .yaml: tare base init ours.yaml",
    });
  const text = recipeTextOf(path, recipeNamed(above));
  await refuseWhatDoesNotRead({ kind: "file", path, debug: false }, text);
  await writeNew(path, text);
  return text;
}

function recipeTextOf(path: string, above: RecipeReference): string {
  if (above.debug)
    throw new TareError("user-bad-flag", "a recipe can not extend a variant debug", {
      hint: "extend the recipe itself; its own variant is there by itself: tare base build ours.yaml:debug",
    });
  const name = above.kind === "shipped" ? above.name : seenFrom(path, above.path);
  const releases =
    above.release === undefined
      ? "# Debian's releases that it is for, the first by default; without this those of what it extends.\n# debian: [13, 12]\n"
      : `debian: [${above.release}]\n`;
  return `# yaml-language-server: $schema=${schemaFor(path)}
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

/** The schema that is installed with Tare: by a path that others have too where Tare is a part of the project. */
function schemaFor(recipe: string): string {
  const here = import.meta.url;
  const folder = new URL(here.endsWith(".ts") ? "../../docs/" : "../docs/", here);
  const schema = fileURLToPath(new URL("recipe.schema.json", folder));
  const [project] = schema.split("/node_modules/", 1) as [string];
  const isInside = project !== schema && resolve(recipe).startsWith(`${project}/`);
  return isInside ? relative(dirname(resolve(recipe)), schema) : schema;
}

/** Whatever is wrong is found before anything is written. */
async function refuseWhatDoesNotRead(reference: RecipeReference, text: string): Promise<void> {
  const request = { reference, text, ...recipeReading() };
  const { architectures } = await summarizeRecipe(request);
  await readRecipe({ ...request, architecture: architectures[0] ?? "" });
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
