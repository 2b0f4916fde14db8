import { ensureDirectory, lazyAsync } from "../base/index.ts";
import type { FindOwners } from "../closure/index.ts";
import {
  fetchPackage,
  findMirror,
  findOwners,
  MIRROR_HINTS,
  type Mirror,
  type Owner,
  type PackageFile,
  type RepositoryAccess,
} from "../debian/index.ts";
import { createHttpClient } from "../net/index.ts";
import { fetchNpmPackage, findNpmRegistry, NPM_HINTS, type NpmPackage } from "../npm/index.ts";
import type { Recipe } from "../recipe/index.ts";
import { sourcesOf } from "./sources.ts";

/** What opening needs. */
export interface RecipeToolsOptions {
  /** Base address of the Debian mirror; default: the host's own. */
  readonly mirror?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder for packages and lists. */
  readonly cache: string;
  readonly pull: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The bytes of packages, checked, from the cache or the net; and who has a file. */
export interface Fetching {
  readonly fetchPackage: (info: PackageFile) => Promise<Buffer>;
  readonly fetchNpm: (info: NpmPackage) => Promise<string>;
  readonly findOwners: FindOwners;
}

/** Where a recipe's packages are looked up and fetched. */
export interface RecipeTools extends AsyncDisposable {
  readonly mirror: Mirror;
  readonly access: RepositoryAccess;
  /** Address of the npm registry. */
  readonly registry: () => Promise<string>;
  fetching(recipe: Recipe, signal: AbortSignal): Fetching;
}

/** Opens nothing yet but the cache's folder; connections are made when something is asked for. */
export async function openRecipeTools(options: RecipeToolsOptions): Promise<RecipeTools> {
  const { environment, cache, pull, now } = options;
  const mirror = await findMirror(options.mirror);
  await ensureDirectory(cache);
  const client = createHttpClient(environment, MIRROR_HINTS);
  const npmClient = createHttpClient(environment, NPM_HINTS);
  const access = { client, cache, refresh: pull, now };
  const registry = lazyAsync(() => findNpmRegistry(environment));
  return {
    mirror,
    access,
    registry,
    fetching: (recipe, signal) => ({
      fetchPackage: (info) => fetchPackage(info, { access, sources: sourcesOf(recipe, mirror) }, signal),
      fetchNpm: (info) => fetchNpmPackage(info, { client: npmClient, registry, cache }, signal),
      findOwners: async (files) => {
        const request = { sources: sourcesOf(recipe, mirror), architecture: recipe.architecture, files };
        const found = await findOwners(request, access, signal);
        return new Map([...found].map(([file, owners]) => [file, namesOf(owners)]));
      },
    }),
    async [Symbol.asyncDispose]() {
      await Promise.all([client[Symbol.asyncDispose](), npmClient[Symbol.asyncDispose]()]);
    },
  };
}

/** Some libraries are in dozens of packages, of which the first few are as good as all. */
const MOST_OWNERS = 5;

function namesOf(owners: readonly Owner[]): readonly string[] {
  return [...new Set(owners.map((owner) => owner.package))].slice(0, MOST_OWNERS);
}
