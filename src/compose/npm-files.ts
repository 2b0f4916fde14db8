import { TareError } from "../base/index.ts";
import type { RecipeNpmPackage } from "../recipe/index.ts";
import { baseName, type Entry } from "../tree/index.ts";
import type { PackageLayer } from "./package-layer.ts";
import type { Placed } from "./placed.ts";

/** Every archive of the registry has its files below this folder. */
const ROOT = "package/";

/** The files that a recipe takes of its npm packages. `user-bad-recipe` for one that the package does not have. */
export async function npmFiles(
  opened: readonly PackageLayer[],
  recipes: readonly RecipeNpmPackage[],
): Promise<readonly Placed[]> {
  const placed = recipes.map(async ({ name, files }, at) => {
    const { layer } = opened[at] as PackageLayer;
    const { entries } = await layer.index();
    return files.flatMap(({ from, to }) => {
      const found = entries.flatMap((entry) => {
        const path = entry.kind === "dir" ? undefined : movedPath(entry.path, { from, to });
        return path === undefined ? [] : [placedAt(layer, entry, path)];
      });
      if (found.length > 0) return found;
      throw new TareError("user-bad-recipe", `the npm package ${name} has no ${from}`, {
        hint: "paths count from the root of the package; a folder ends with /",
      });
    });
  });
  return (await Promise.all(placed)).flat();
}

/** Where a path of the archive goes; undefined when it is neither the file that is moved nor in the folder. */
export function movedPath(path: string, { from, to }: RecipeNpmPackage["files"][number]): string | undefined {
  const source = `${ROOT}${from}`;
  const target = to.slice(1);
  if (path === source) return target.endsWith("/") ? `${target}${baseName(path)}` : target;
  return source.endsWith("/") && path.startsWith(source)
    ? `${target}${path.slice(source.length)}`
    : undefined;
}

/** The registry's archives have owners and times of nobody in particular. */
function placedAt(layer: PackageLayer["layer"], original: Entry, path: string): Placed {
  const { mode, kind, size, mtime, link } = original;
  const executable = (mode & 0o111) !== 0;
  const facts = { path, kind, size, mtime, mode: executable ? 0o755 : 0o644, uid: 0, gid: 0 };
  return { entry: { ...facts, ...(link !== undefined && { link }) }, read: () => layer.read(original) };
}
