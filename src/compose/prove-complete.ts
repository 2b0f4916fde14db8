import { TareError } from "../base/index.ts";
import {
  type ClosureProof,
  describeGaps,
  type FindOwners,
  type ProgramFacts,
  proveClosure,
} from "../closure/index.ts";
import type { Recipe } from "../recipe/index.ts";
import { buildTree, type Tree } from "../tree/index.ts";
import type { LayerPart } from "./arrange.ts";

/** What programs and libraries need, by path. */
type Programs = ReadonlyMap<string, ProgramFacts>;

/**
 * Proves that what was composed is complete: every library, loader, interpreter, version and link is there, but for those
 * gaps that the recipe calls deliberate. `resolve-incomplete` names each that is not, and who has it.
 */
export async function proveComplete(
  recipe: Recipe,
  { parts, findOwners }: { readonly parts: readonly LayerPart[]; readonly findOwners: FindOwners },
): Promise<ClosureProof> {
  const tree = buildTree(parts.map(({ placed }) => ({ entries: placed.map(({ entry }) => entry) })));
  const proof = closureOf(recipe, { tree, programs: programsOf(parts) });
  const missing = proof.gaps.filter(({ level }) => level === "required");
  if (missing.length > 0) throw incomplete(recipe, await describeGaps(missing, findOwners));
  return proof;
}

function programsOf(parts: readonly LayerPart[]): Programs {
  const all = parts.flatMap(({ placed }) => placed);
  return new Map(all.flatMap(({ entry, program }) => (program ? [[entry.path, program]] : [])));
}

function closureOf(
  { allow, config, files }: Recipe,
  { tree, programs }: { readonly tree: Tree; readonly programs: Programs },
): ClosureProof {
  const texts = new Map(files.map(({ path, content }) => [path.slice(1), content]));
  return proveClosure(tree, {
    facts: (path) => programs.get(path),
    environment: Object.entries(config.environment).map(([name, value]) => `${name}=${value}`),
    text: (path) => texts.get(path.replace(/^\//, "")),
    allow,
  });
}

/** Long lists are one mistake mostly. */
const SHOWN = 12;

function incomplete({ name }: Recipe, gaps: readonly string[]): TareError {
  const more = gaps.length - SHOWN;
  const lines = [...gaps.slice(0, SHOWN), ...(more > 0 ? [`and ${more} more`] : [])];
  return new TareError(
    "resolve-incomplete",
    `the image of ${name} is not complete:\n  ${lines.join("\n  ")}`,
    {
      hint: "add the package to packages, or exclude the file that needs it; what is missing on purpose stands in allow",
    },
  );
}
