import { mapConcurrent, TareError, throwIfCancelled } from "../base/index.ts";
import type { ResolvedPackage } from "../debian/index.ts";
import type { Recipe } from "../recipe/index.ts";
import { dropDamaged, type Store } from "../store/index.ts";
import { arrange } from "./arrange.ts";
import type { ComposedLayer, ComposeProgress } from "./compose-recipe.ts";
import { dependenciesFirst } from "./layer-groups.ts";
import type { Locked } from "./lock.ts";
import { type PackageLayer, unpackNpmPackage, unpackPackage } from "./package-layer.ts";
import { proveComplete } from "./prove-complete.ts";
import type { Fetching } from "./recipe-tools.ts";
import { writePart } from "./write-part.ts";

/** What composing needs besides the recipe and its packages. */
export interface DistrolessTools extends Fetching {
  readonly store: Store;
  readonly onProgress: (progress: ComposeProgress) => void;
}

interface Ingredients {
  readonly locked: Locked;
  readonly tools: DistrolessTools;
}

/**
 * Composes an image of the packages' files without running any of their scripts: a layer for the merged /usr, one for
 * each group of packages, one for what the recipe adds. The same recipe and packages, in any order, give the same
 * layers, whatever the machine. Nothing is composed before it is proved that every program finds what it needs.
 * Packages that the store has are unpacked again where they turn out to be damaged.
 */
export async function composeDistroless(
  recipe: Recipe,
  ingredients: Ingredients,
  signal: AbortSignal,
): Promise<readonly ComposedLayer[]> {
  const used = new Map<string, PackageLayer>();
  try {
    return await compose(recipe, { ...ingredients, used }, signal);
  } catch (error) {
    if (!(error instanceof TareError) || error.code !== "integrity-store") throw error;
    await dropDamaged(
      [...used.values()].map(({ layer }) => layer),
      error,
    );
    return compose(recipe, { ...ingredients, used }, signal);
  }
}

async function compose(
  recipe: Recipe,
  { locked, tools, used }: Ingredients & { readonly used: Map<string, PackageLayer> },
  signal: AbortSignal,
): Promise<readonly ComposedLayer[]> {
  const packages = dependenciesFirst(locked.packages);
  await openPackages(packages, { tools, used }, signal);
  const npm = await mapConcurrent(locked.npm, 1, async (info) => {
    throwIfCancelled(signal);
    const opened = await unpackNpmPackage(info, { store: tools.store, fetch: () => tools.fetchNpm(info) });
    used.set(`npm ${info.integrity}`, opened);
    return opened;
  });
  const opened = packages.map((info) => ({ info, ...(used.get(info.name) as PackageLayer) }));
  const parts = await arrange(recipe, { packages: opened, npm });
  await proveComplete(recipe, { parts, findOwners: tools.findOwners });
  return mapConcurrent(parts, AT_ONCE, async (part) => {
    throwIfCancelled(signal);
    return writePart(part, tools.store);
  });
}

/** Layers written at once. */
const AT_ONCE = 4;
/**
 * Packages unpacked at once, and which of those that are left come next. Decoding takes the other cores, and what comes of
 * it is indexed by this thread: the smallest give it something to do while the large ones are decoded.
 */
const LANES = ["largest", "largest", "largest", "smallest"] as const;

/** Unpacks those that are not in the store yet. */
async function openPackages(
  packages: readonly ResolvedPackage[],
  {
    tools: { store, fetchPackage, onProgress },
    used,
  }: { readonly tools: DistrolessTools; readonly used: Map<string, PackageLayer> },
  signal: AbortSignal,
): Promise<void> {
  const total = packages.reduce((sum, { size }) => sum + size, 0);
  let current = 0;
  async function open(info: ResolvedPackage): Promise<void> {
    throwIfCancelled(signal);
    used.set(info.name, await unpackPackage(info, { store, fetch: () => fetchPackage(info) }));
    current += info.size;
    onProgress({ what: "packages", current, total });
  }
  const waiting = packages.toSorted((a, b) => b.size - a.size);
  await mapConcurrent(LANES, LANES.length, async (end) => {
    const next = () => (end === "largest" ? waiting.shift() : waiting.pop());
    try {
      for (let info = next(); info; info = next()) await open(info);
    } catch (error) {
      waiting.length = 0;
      throw error;
    }
  });
}
