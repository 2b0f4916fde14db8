import { join } from "node:path";
import { type LockedTarget, openResolver, type Resolver } from "../../compose/index.ts";
import { formatRecipe, type Recipe } from "../../recipe/index.ts";
import { openStore } from "../../store/index.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";
import { type OpenedRecipe, rejectInRecipe } from "./recipes.ts";

/** Where packages are looked up and kept. */
export interface BaseAccess extends StoreChoice {
  /** Base address of the Debian mirror; default: this host's own. */
  readonly debianMirror?: string;
}

/** A recipe for one release and platform, as people say it. */
export interface BaseTarget {
  /** `python:12-debug`. */
  readonly recipe: string;
  /** `linux/arm64`. */
  readonly platform: string;
}

export function targetOf(recipe: Pick<Recipe, "name" | "release" | "debug" | "architecture">): BaseTarget {
  return { recipe: formatRecipe(recipe), platform: `linux/${recipe.architecture}` };
}

/** Finds exact packages while it is open; nothing that it keeps is pruned meanwhile. */
export interface HeldResolver extends Pick<Resolver, "fetchPackage">, AsyncDisposable {
  /** An error names the place in the recipe. */
  resolve(opened: Pick<OpenedRecipe, "reference" | "recipe">, signal: AbortSignal): Promise<LockedTarget>;
}

/** Opens a resolver in the store of a request. `refresh` asks the mirror even for what is remembered. */
export async function holdResolver(
  { debianMirror, ...choice }: BaseAccess,
  { what, refresh }: { readonly what: string; readonly refresh: boolean },
): Promise<HeldResolver> {
  const store = await openStore(storeFolder(choice));
  const lease = await store.hold(what);
  const resolver = await openResolver({
    ...(debianMirror !== undefined && { mirror: debianMirror }),
    environment: choice.environment ?? {},
    cache: join(store.root, "packages"),
    pull: refresh,
    now: Date.now(),
  }).catch(async (error: unknown) => {
    await lease[Symbol.asyncDispose]();
    throw error;
  });
  return {
    fetchPackage: resolver.fetchPackage,
    resolve: (opened, signal) =>
      resolver.resolve(opened.recipe, signal).catch((error: unknown) => rejectInRecipe(error, opened)),
    async [Symbol.asyncDispose]() {
      await resolver[Symbol.asyncDispose]();
      await lease[Symbol.asyncDispose]();
    },
  };
}
