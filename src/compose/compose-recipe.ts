import type { Digest } from "../base/index.ts";
import type { Recipe } from "./recipe.ts";

/** What composing needs. */
export interface ComposeRequest {
  readonly recipe: Recipe;
  /** OCI's name: amd64, arm64. */
  readonly architecture: string;
  /** Base address of the Debian mirror; default: the host's own. */
  readonly mirror?: string;
  /** Where proxies and certificates are looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder for downloaded packages and lists. */
  readonly cacheDirectory: string;
  /** An empty directory that becomes the root file system. */
  readonly root: string;
  /** Ask the mirror even for what is remembered. */
  readonly pull: boolean;
  /** Runs a shell script with `root` as root file system, with every right in the namespace. */
  readonly configure: (root: string, script: string) => Promise<void>;
  readonly onProgress: (progress: {
    readonly what: string;
    readonly current: number;
    readonly total?: number;
  }) => void;
}

export interface Composed {
  /** Digest of the exact packages and settings: the same lock gives the same files. */
  readonly lockDigest: Digest;
  /** The time of the youngest file in any of the packages, ms since 1970. */
  readonly releasedAt: number;
  readonly packages: readonly {
    readonly name: string;
    readonly version: string;
    readonly architecture: string;
    readonly sha256: Digest;
  }[];
}

/** Composes a recipe's root file system. What it takes is loaded only now: most builds never compose. */
export async function composeRecipe(request: ComposeRequest, signal: AbortSignal): Promise<Composed> {
  const { composeDebian } = await import("./compose-debian.ts");
  return composeDebian(request, signal);
}
