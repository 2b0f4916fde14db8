import type { ResolvedPackage } from "../debian/index.ts";
import { compileGlobs, keptPaths, type Recipe } from "../recipe/index.ts";
import type { PathTest } from "../tree/index.ts";
import { assembledFiles } from "./assembled-files.ts";
import { type JavaRuntime, javaRuntime } from "./java-runtime.ts";
import { layerGroups } from "./layer-groups.ts";
import { npmFiles } from "./npm-files.ts";
import type { PackageLayer } from "./package-layer.ts";
import { packageRecord } from "./package-record.ts";
import { inOrder, type Placed } from "./placed.ts";
import { settings } from "./settings-layer.ts";
import { type Bringer, settlePaths } from "./settle-paths.ts";
import { shippedFiles } from "./shipped-files.ts";
import { skeleton } from "./skeleton.ts";
import { trustFiles } from "./trust-files.ts";

/** All that goes into one layer. */
export interface LayerPart {
  /** What is in it, for the history. */
  readonly comment: string;
  /** Seconds since 1970: of the youngest file in it. */
  readonly youngest: number;
  /** In the order of a layer. */
  readonly placed: readonly Placed[];
}

/** A package that was chosen, unpacked. */
export interface OpenedPackage extends PackageLayer {
  readonly info: ResolvedPackage;
}

/** What is arranged. */
export interface Opened {
  readonly packages: readonly OpenedPackage[];
  /** One for each of the recipe's, in their order. */
  readonly npm: readonly PackageLayer[];
}

/**
 * Which file goes into which layer, bottom first: the merged /usr, the packages by their groups, and what the recipe
 * adds. Grouped in another way the layers add up to the same tree. Errors of `settlePaths`, `npmFiles`, `trustFiles`.
 */
export async function arrange(recipe: Recipe, opened: Opened): Promise<readonly LayerPart[]> {
  const { packages, npm } = opened;
  const youngest = Math.max(0, ...[...packages, ...npm].map(({ facts }) => facts.youngest));
  const java = await javaRuntime(packages, recipe);
  const own = await ownFiles(recipe, { ...opened, youngest, java });
  const ships = shippingRule(recipe, java);
  const bringers = await Promise.all(packages.map((one) => packageBringer(one, ships(one.info))));
  const files = [...bringers.flatMap(({ placed }) => placed), ...own];
  const base: Bringer = {
    name: "the merged /usr",
    replaces: [],
    placed: skeleton(recipe.architecture, files),
  };
  const settled = settlePaths([base, ...bringers, { name: "the recipe", replaces: "all", placed: own }]);
  const [below = [], above = []] = [settled[0], settled.at(-1)];
  const brought = new Map(
    packages.map(({ info, facts }, at) => [info, { facts, placed: settled[at + 1] ?? [] }]),
  );
  const groups = layerGroups([...brought.keys()], recipe.layers).map((members): LayerPart => {
    const parts = members.map(
      (info) => brought.get(info) as { facts: PackageLayer["facts"]; placed: readonly Placed[] },
    );
    return {
      comment: members.map(({ name, version }) => `${name} ${version}`).join(", "),
      youngest: Math.max(0, ...parts.map(({ facts }) => facts.youngest)),
      placed: inOrder(parts.flatMap(({ placed }) => placed)),
    };
  });
  const parts = [
    { comment: "merged /usr", youngest: 0, placed: below },
    ...groups,
    { comment: "accounts and settings", youngest, placed: above },
  ];
  return recipe.layers === "single" ? [joined(parts)] : parts.filter(({ placed }) => placed.length > 0);
}

async function packageBringer({ info, ...opened }: OpenedPackage, ships: PathTest): Promise<Bringer> {
  return {
    name: info.name,
    replaces: info.replaces,
    placed: await shippedFiles(opened, ships),
    record: (kept) => packageRecord(info.name, opened.facts, kept),
  };
}

/**
 * What `only` names or, without it, everything; less what `exclude` names, unless `include` names it, too, and less what
 * is only of Java modules that are left out.
 */
function shippingRule(recipe: Recipe, java: JavaRuntime): (info: ResolvedPackage) => PathTest {
  const keeps = keptPaths(recipe);
  const kept: PathTest = (path) => keeps(path) && !java.leavesOut(path);
  const only = new Map(recipe.packages.map((wanted) => [wanted.name, wanted.only]));
  return ({ name }) => {
    const patterns = only.get(name);
    if (!patterns) return kept;
    const wanted = compileGlobs(patterns);
    return (path) => wanted(path) && kept(path);
  };
}

/** What no package brings; of a path that is there twice, what the recipe says itself. */
async function ownFiles(
  recipe: Recipe,
  { packages, npm, youngest, java }: Opened & { readonly youngest: number; readonly java: JavaRuntime },
): Promise<readonly Placed[]> {
  const trust = await trustFiles(packages, { trust: recipe.trust, mtime: youngest });
  const ofNpm = await Promise.all(recipe.npm.map((wanted, at) => npmFiles(npm[at] as PackageLayer, wanted)));
  const assembled = await assembledFiles(packages, { files: recipe.files, mtime: youngest });
  return [...java.placed, ...trust, ...ofNpm.flat(), ...settings(recipe, youngest), ...assembled];
}

function joined(parts: readonly LayerPart[]): LayerPart {
  return {
    comment: parts.map(({ comment }) => comment).join(", "),
    youngest: Math.max(...parts.map(({ youngest }) => youngest)),
    placed: inOrder(parts.flatMap(({ placed }) => placed)),
  };
}
