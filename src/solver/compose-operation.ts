import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { composeRecipe, type Recipe } from "../compose/index.ts";
import type { Platform } from "../oci/index.ts";
import type { Store } from "../store/index.ts";
import { scanDirectory } from "../tree/index.ts";
import { clampTimes } from "./clamp-times.ts";
import type { ComposeOperation } from "./operation.ts";
import { cacheKey } from "./record.ts";
import { emptySnapshot, stack } from "./snapshot.ts";

/** What composing an image from packages needs from outside. */
export interface ComposeEnvironment {
  readonly store: Store;
  /** Ask the mirror even when the recipe was resolved before. */
  readonly pull: boolean;
  readonly mirror?: string;
  /** Where proxies and certificates for the download are looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Runs a shell script with the given directory as root file system, with every right in the namespace. */
  readonly configure: (root: string, script: string, signal: AbortSignal) => Promise<void>;
  readonly progress: (step: {
    readonly what: string;
    readonly current: number;
    readonly total?: number;
  }) => void;
}

/** A base image from signed packages: one directory layer, its key the lock of what was resolved. */
export function composeOperation(
  { recipe, platform }: { readonly recipe: Recipe; readonly platform: Platform },
  environment: ComposeEnvironment,
): ComposeOperation {
  const { store, pull } = environment;
  const named = { type: "compose", recipe, platform };
  return {
    kind: "compose",
    name: cacheKey(named),
    remembered: !pull,
    async run(signal) {
      await using scratch = await store.scratch();
      const root = join(scratch.path, "root");
      await mkdir(root, { mode: 0o755 });
      const { lockDigest, releasedAt } = await composeRecipe(
        {
          recipe,
          architecture: platform.architecture,
          ...(environment.mirror !== undefined && { mirror: environment.mirror }),
          environment: environment.environment,
          cacheDirectory: join(store.root, "packages"),
          root,
          pull,
          configure: (directory, script) => environment.configure(directory, script, signal),
          onProgress: environment.progress,
        },
        signal,
      );
      // The time of the release, not of this composition: the same packages give the same layer.
      const youngest = Math.floor(releasedAt / 1000);
      const scanned = await scanDirectory(root, { xattrs: true });
      const entries = clampTimes(
        scanned.map(({ entry }) => entry),
        youngest,
      );
      const layer = await store.layers.addDirectory(root, { entries });
      return {
        key: cacheKey({ ...named, lock: lockDigest }),
        snapshot: stack(emptySnapshot(), [{ layer, created: releasedAt }]),
      };
    },
  };
}
