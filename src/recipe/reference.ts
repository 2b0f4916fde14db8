import { TareError } from "../base/index.ts";
import { suggest } from "../text/index.ts";
import { RELEASE_WORDS, releaseNamed } from "./release.ts";
import { SHIPPED_RECIPES } from "./shipped.ts";
import type { Recipe, RecipeReference } from "./types.ts";

/**
 * Reads `python`, `python:12`, `python:trixie-debug`, `python:12-nonroot`, `python:debug-nonroot`, each also behind
 * `tare/`, and `./my.yaml`, also with a version behind it. `latest` is what is meant without one. `user-bad-recipe`,
 * with a suggestion, for what does not ship and for a version that there is not; whether the recipe is for that
 * release shows when it is read.
 */
export function parseRecipeReference(text: string): RecipeReference {
  const file = /^(.*?\.ya?ml)(?::([^:/]*))?$/s.exec(text);
  if (file) return { kind: "file", path: file[1] as string, ...parseVersion(file[2] ?? "", text) };
  if (/^\.{0,2}\//.test(text))
    throw new TareError("user-bad-recipe", `${JSON.stringify(text)} is not a recipe`, {
      hint: "the name of a recipe's file ends with .yaml",
    });
  const [, name = "", version = ""] = /^(?:tare\/)?([^:]*):?(.*)$/s.exec(text) ?? [];
  if (!SHIPPED_RECIPES.includes(name)) throw unknownRecipe(name);
  return { kind: "shipped", name, ...parseVersion(version, name) };
}

/** `python:12-debug`, as it can be asked for again. */
export function formatRecipe({ name, release, debug }: Pick<Recipe, "name" | "release" | "debug">): string {
  return `${name}:${release}${debug ? "-debug" : ""}`;
}

/** There is no such recipe among those that ship. */
export function unknownRecipe(name: string): TareError {
  const near = suggest(name, SHIPPED_RECIPES);
  return new TareError("user-bad-recipe", `there is no recipe ${JSON.stringify(name)}`, {
    hint:
      near === undefined
        ? `the recipes are: ${SHIPPED_RECIPES.join(", ")}; a file of your own is ./NAME.yaml`
        : `did you mean ${near}?`,
  });
}

function parseVersion(text: string, recipe: string): Pick<RecipeReference, "release" | "debug" | "nonroot"> {
  const [, word = "", debug, nonroot] = /^(.*?)(?:(?:^|-)(debug))?(?:(?:^|-)(nonroot))?$/s.exec(text) ?? [];
  const variant = { debug: debug !== undefined, ...(nonroot !== undefined && { nonroot: true as const }) };
  if (word === "" || word === "latest") return variant;
  const release = releaseNamed(word);
  if (release !== undefined) return { release, ...variant };
  const near = suggest(
    text,
    [...RELEASE_WORDS, "debug", "nonroot"].filter((candidate) => candidate.length > 2),
  );
  throw new TareError("user-bad-recipe", `the recipe ${recipe} has no version ${JSON.stringify(text)}`, {
    hint:
      near === undefined
        ? "versions are 13 (trixie) and 12 (bookworm), each also with -debug, -nonroot or both: 13-debug-nonroot"
        : `did you mean ${near}?`,
  });
}
