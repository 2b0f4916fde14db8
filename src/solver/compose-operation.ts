import { type Composed, type ComposeProgress, composeRecipe, type LockedTarget } from "../compose/index.ts";
import type { Platform } from "../oci/index.ts";
import type { Recipe } from "../recipe/index.ts";
import type { Store } from "../store/index.ts";
import type { ComposeOperation } from "./operation.ts";
import { cacheKey } from "./record.ts";
import { emptySnapshot, stack } from "./snapshot.ts";

/** What composing an image from packages needs from outside. */
export interface ComposeEnvironment {
  readonly store: Store;
  /** Ask the mirror even when the recipe was resolved before. */
  readonly pull: boolean;
  /** Compose even what was composed before. */
  readonly anew: boolean;
  readonly mirror?: string;
  /** Where proxies and certificates for the download are looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Runs a shell script with the given directory as root file system, with every right in the namespace. */
  readonly configure: (root: string, script: string, signal: AbortSignal) => Promise<void>;
  readonly progress: (progress: ComposeProgress) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A base image from signed packages; its key is the lock of what was resolved. */
export function composeOperation(
  {
    recipe,
    locked,
    platform,
  }: { readonly recipe: Recipe; readonly locked?: LockedTarget | undefined; readonly platform: Platform },
  environment: ComposeEnvironment,
): ComposeOperation {
  const { configure, progress, now, ...rest } = environment;
  const named = {
    type: "compose",
    recipe: recipe.digest,
    platform,
    ...(locked && { locked: hashesOf(locked) }),
  };
  const compose = (signal: AbortSignal): Promise<Composed> =>
    composeRecipe(
      {
        ...rest,
        recipe,
        ...(locked && { locked }),
        now: now(),
        configure: (directory, script) => configure(directory, script, signal),
        onProgress: progress,
      },
      signal,
    );
  return {
    kind: "compose",
    name: cacheKey(named),
    remembered: !environment.anew && (!environment.pull || locked !== undefined),
    async run(signal) {
      const { lockDigest, layers } = await compose(signal);
      return { key: cacheKey({ ...named, lock: lockDigest }), snapshot: stack(emptySnapshot(), layers) };
    },
  };
}

function hashesOf({ packages, npm }: LockedTarget): readonly string[] {
  return [...packages.map(({ sha256 }) => sha256), ...npm.map(({ integrity }) => integrity)];
}
