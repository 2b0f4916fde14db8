import { defined } from "../base/index.ts";
import { objectOf, wordOf } from "./facts.ts";
import type { ImageProvenance, LayerOrigin, RecipeOrigin } from "./types.ts";

/**
 * What somebody wrote down of an image's layers, made sure of: undefined when it is not of so many layers. Facts that
 * are not what they should be are left out, and control characters are, because people will read them on a screen.
 */
export function readProvenance(value: unknown, layers: number): ImageProvenance | undefined {
  const list = objectOf(value)?.layers;
  if (!Array.isArray(list) || list.length !== layers || layers > MOST) return undefined;
  return { layers: list.map((item) => originOf(item) ?? null) };
}

const MOST = 10_000;

function originOf(value: unknown): LayerOrigin | undefined {
  const found = objectOf(value);
  const instruction = wordOf(found?.instruction);
  if (!found || instruction === undefined || !/^[A-Z]+$/.test(instruction)) return undefined;
  return {
    instruction,
    ...defined({
      dockerfile: wordOf(found.dockerfile),
      stage: wordOf(found.stage),
      lines: linesOf(found.lines),
      from: wordOf(found.from),
      image: wordOf(found.image),
      recipe: recipeOf(found.recipe),
    }),
  };
}

function recipeOf(value: unknown): RecipeOrigin | undefined {
  const found = objectOf(value);
  const [name, system] = [wordOf(found?.name), wordOf(found?.system)];
  const packages = found?.packages;
  if (name === undefined || system === undefined || !Array.isArray(packages) || packages.length > MOST)
    return undefined;
  return { name, system, packages: packages.flatMap((item) => wordOf(item) ?? []) };
}

function linesOf(value: unknown): LayerOrigin["lines"] {
  if (!Array.isArray(value)) return undefined;
  const [first, last] = value as readonly unknown[];
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return undefined;
  return [first as number, last as number];
}
