import { join } from "node:path";
import { type Digest, optimizeLater, sha256 } from "../base/index.ts";
import type { Mirror } from "../debian/index.ts";
import { canonicalJson } from "../graph/index.ts";
import type { Recipe } from "../recipe/index.ts";
import type { Store, StoredLayer } from "../store/index.ts";
import type { Locked, LockedTarget } from "./lock.ts";
import { rememberedComposition } from "./remembered-composition.ts";

/** What composing needs. */
export interface ComposeRequest {
  readonly recipe: Recipe;
  /** Exactly what to compose; default: what the mirror has today. */
  readonly locked?: LockedTarget;
  /** Base address of the Debian mirror; default: the host's own. */
  readonly mirror?: string;
  /** Where proxies, certificates and npm's settings are looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly store: Store;
  /** Ask the mirror even for what is remembered. */
  readonly pull: boolean;
  /** Unpack and lay out everything again, whatever is known of it. */
  readonly anew: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Runs a shell script with `root` as root file system, with every right in the namespace. */
  readonly configure: (root: string, script: string) => Promise<void>;
  readonly onProgress: (progress: ComposeProgress) => void;
}

export interface ComposeProgress {
  readonly what: string;
  readonly current: number;
  readonly total?: number;
}

export interface Composed {
  /** Of the exact packages: the same lock gives the same files. */
  readonly lockDigest: Digest;
  /** Bottom first. */
  readonly layers: readonly ComposedLayer[];
}

/** A layer, when what is in it was made (ms since 1970), and what is in it. */
export interface ComposedLayer {
  readonly layer: StoredLayer;
  readonly created: number;
  readonly comment: string;
}

/** Raised when the way of composing changes, so that old layers are not taken for new ones. */
const GENERATION = 3;

/** Composes a recipe's file system. What it takes is loaded only now: most builds never compose. */
export async function composeRecipe(request: ComposeRequest, signal: AbortSignal): Promise<Composed> {
  optimizeLater();
  const [{ openRecipeTools }, { resolveRecipe }, { composeDistroless }, { composeSystem }] =
    await Promise.all([
      import("./recipe-tools.ts"),
      import("./resolve-recipe.ts"),
      import("./compose-distroless.ts"),
      import("./compose-system.ts"),
    ]);
  const { recipe, onProgress } = request;
  const store = request.anew ? withoutMemory(request.store) : request.store;
  await using tools = await openRecipeTools({ ...request, cache: join(store.root, "packages") });
  const locked = request.locked ?? (await resolveRecipe(recipe, tools, signal));
  const fetching = tools.fetching(recipe, signal);
  const digest = lockDigest(locked, { recipe, mirror: tools.mirror });
  const layers = await rememberedComposition(digest, store, () =>
    recipe.scripts
      ? composeSystem(request, { locked, mirror: tools.mirror, ...fetching }, signal)
      : composeDistroless(recipe, { locked, tools: { store, onProgress, ...fetching } }, signal),
  );
  return { lockDigest: digest, layers };
}

/** The store, but nothing is known of what was made before. */
function withoutMemory(store: Store): Store {
  return { ...store, keys: { ...store.keys, get: async () => undefined } };
}

/** What decides on the files: the recipe, the packages in any order, and the mirror where the files name it. */
function lockDigest(
  { packages, npm }: Locked,
  { recipe, mirror }: { readonly recipe: Recipe; readonly mirror: Mirror },
): Digest {
  const hashes = packages.map(({ sha256: hash }) => hash).sort();
  const integrities = npm.map(({ integrity }) => integrity);
  return sha256(
    canonicalJson([GENERATION, recipe.digest, hashes, integrities, recipe.scripts ? mirror : null]),
  );
}
