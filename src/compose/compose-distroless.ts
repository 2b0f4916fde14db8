import { limiter, mapConcurrent, throwIfCancelled } from "../base/index.ts";
import type { ProgramFacts } from "../closure/index.ts";
import type { ResolvedPackage } from "../debian/index.ts";
import type { Recipe } from "../recipe/index.ts";
import type { Store } from "../store/index.ts";
import { assembledFiles } from "./assembled-files.ts";
import type { ComposedLayer, ComposeProgress } from "./compose-recipe.ts";
import { layerGroups } from "./layer-groups.ts";
import { type LayerPart, packagesPart } from "./layer-parts.ts";
import type { Locked } from "./lock.ts";
import { mergedPath } from "./merged-usr.ts";
import { movedPath, npmFiles } from "./npm-files.ts";
import { type PackageLayer, unpackNpmPackage, unpackPackage } from "./package-layer.ts";
import { writePlaced } from "./placed.ts";
import { proveComplete } from "./prove-complete.ts";
import type { Fetching } from "./recipe-tools.ts";
import { settings } from "./settings-layer.ts";
import { skeleton } from "./skeleton.ts";
import { trustFiles } from "./trust-files.ts";

/** What composing needs besides the recipe and its packages. */
export interface DistrolessTools extends Fetching {
  readonly store: Store;
  readonly onProgress: (progress: ComposeProgress) => void;
}

/**
 * Composes an image of the packages' files without running any of their scripts: a layer for the merged /usr, one for
 * each group of packages, one for what the recipe adds. The same recipe and packages give the same layers, whatever
 * the machine. Ends with the proof that every program finds what it needs.
 */
export async function composeDistroless(
  recipe: Recipe,
  { locked, tools }: { readonly locked: Locked; readonly tools: DistrolessTools },
  signal: AbortSignal,
): Promise<readonly ComposedLayer[]> {
  const [opened, npm] = await Promise.all([
    openPackages(locked.packages, tools, signal),
    mapConcurrent(locked.npm, 1, (info) =>
      unpackNpmPackage(info, { store: tools.store, fetch: () => tools.fetchNpm(info) }),
    ),
  ]);
  const youngest = Math.max(0, ...[...opened.values(), ...npm].map(({ facts }) => facts.youngest));
  const parts: readonly LayerPart[] = [
    { comment: "merged /usr", youngest: 0, placed: async () => skeleton(recipe.architecture) },
    ...layerGroups(locked.packages, recipe.layers).map((group) => packagesPart(group, { recipe, opened })),
    {
      comment: "accounts and settings",
      youngest,
      placed: async () => [
        ...(await trustFiles([...opened.values()], { trust: recipe.trust, mtime: youngest })),
        ...(await npmFiles(npm, recipe.npm)),
        ...settings(recipe, youngest),
        ...(await assembledFiles([...opened.values()], { files: recipe.files, mtime: youngest })),
      ],
    },
  ];
  const layers: ComposedLayer[] = [];
  for (const part of recipe.layers === "single" ? [joined(parts)] : parts) {
    throwIfCancelled(signal);
    layers.push(await layerOf(part, tools.store));
  }
  const files = { layers: layers.map(({ layer }) => layer), programs: programsOf(recipe, { opened, npm }) };
  await proveComplete(recipe, { files, findOwners: tools.findOwners });
  return layers;
}

/** Packages unpacked at once: decoding takes a core each. */
const AT_ONCE = 3;
/** Bytes on the disk from which a package is unpacked alone, because its archive is in memory as a whole. */
const LARGE = 64 << 20;

async function openPackages(
  packages: readonly ResolvedPackage[],
  { store, fetchPackage, onProgress }: DistrolessTools,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PackageLayer>> {
  const total = packages.reduce((sum, { size }) => sum + size, 0);
  const alone = limiter(1);
  let current = 0;
  const opened = await mapConcurrent(packages, AT_ONCE, async (info) => {
    throwIfCancelled(signal);
    const open = () =>
      unpackPackage({ name: info.name, digest: info.sha256 }, { store, fetch: () => fetchPackage(info) });
    const layer = await (info.installedSize > LARGE ? alone(open) : open());
    current += info.size;
    onProgress({ what: "packages", current, total });
    return [info.name, layer] as const;
  });
  return new Map(opened);
}

/** By where the files are in the image. */
function programsOf(
  recipe: Recipe,
  {
    opened,
    npm,
  }: { readonly opened: ReadonlyMap<string, PackageLayer>; readonly npm: readonly PackageLayer[] },
): ReadonlyMap<string, ProgramFacts> {
  const programs = new Map<string, ProgramFacts>();
  for (const { facts } of opened.values())
    for (const [path, program] of Object.entries(facts.programs)) programs.set(mergedPath(path), program);
  for (const [at, { files }] of recipe.npm.entries())
    for (const [path, program] of Object.entries(npm[at]?.facts.programs ?? {}))
      for (const move of files) {
        const moved = movedPath(path, move);
        if (moved !== undefined) programs.set(moved, program);
      }
  return programs;
}

function joined(parts: readonly LayerPart[]): LayerPart {
  return {
    comment: parts.map(({ comment }) => comment).join(", "),
    youngest: Math.max(...parts.map(({ youngest }) => youngest)),
    placed: async () => (await Promise.all(parts.map((part) => part.placed()))).flat(),
  };
}

/** From the store when it has been made before. */
async function layerOf(part: LayerPart, { layers, keys }: Store): Promise<ComposedLayer> {
  const facts = { created: part.youngest * 1000, comment: part.comment };
  const record =
    part.key && ((await keys.get(part.key)) as { readonly result?: { readonly layers?: unknown[] } });
  const [id] = record?.result?.layers ?? [];
  const known = typeof id === "string" ? await layers.get(id) : undefined;
  if (known) return { layer: known, ...facts };
  const layer = await writePlaced(await part.placed(), layers.addEntries);
  if (part.key) await keys.put(part.key, { result: { layers: [layer.id], created: [facts.created] } });
  return { layer, ...facts };
}
