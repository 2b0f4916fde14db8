import { TareError, withFacts } from "../base/index.ts";
import { type Mirror, type RepositoryAccess, resolveRequest } from "../debian/index.ts";
import { type NpmPackage, resolveNpm } from "../npm/index.ts";
import type { Recipe, RecipePackage } from "../recipe/index.ts";
import type { LockedTarget } from "./lock.ts";
import { sourcesOf } from "./sources.ts";

/** Where packages are looked up. */
export interface ResolveTools {
  readonly mirror: Mirror;
  readonly access: RepositoryAccess;
  /** Address of the npm registry; asked for only by recipes that take something from it. */
  readonly registry: () => Promise<string>;
}

/** Finds the exact packages of a recipe by signed lists. `resolve-package`, `integrity-*`, `registry-*`. */
export async function resolveRecipe(
  recipe: Recipe,
  { mirror, access, registry }: ResolveTools,
  signal: AbortSignal,
): Promise<LockedTarget> {
  const { release, architecture, debug, digest, packages, dependencies, without, shellless } = recipe;
  const [resolution, npm] = await Promise.all([
    resolveRequest(
      {
        sources: sourcesOf(recipe, mirror),
        architecture,
        packages: packages.map(relation),
        dependencies,
        without,
        shellless,
        base: recipe.base,
      },
      access,
      signal,
    ),
    resolveNpmPackages(recipe, { access, registry }, signal),
  ]);
  return { release, architecture, debug, recipe: digest, ...resolution, npm };
}

function relation({ name, operator, version }: RecipePackage): string {
  return operator === undefined ? name : `${name} (${operator} ${version})`;
}

async function resolveNpmPackages(
  { npm }: Recipe,
  { access, registry }: Pick<ResolveTools, "access" | "registry">,
  signal: AbortSignal,
): Promise<readonly NpmPackage[]> {
  return Promise.all(
    npm.map(async ({ name, version }) => {
      const request = { name, range: version, registry: await registry() };
      return resolveNpm(request, access.client, signal).catch((error: unknown) => {
        throw error instanceof TareError ? withFacts(error, { subject: name }) : error;
      });
    }),
  );
}
