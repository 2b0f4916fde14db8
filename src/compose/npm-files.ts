import { TareError } from "../base/index.ts";
import type { RecipeNpmPackage } from "../recipe/index.ts";
import { baseName, type Entry } from "../tree/index.ts";
import type { PackageLayer } from "./package-layer.ts";
import type { Placed } from "./placed.ts";

type Move = RecipeNpmPackage["files"][number];

/** The files that a recipe takes of an npm package. `user-bad-recipe` for one that the package does not have. */
export async function npmFiles(
  { layer, facts }: PackageLayer,
  { name, files }: RecipeNpmPackage,
): Promise<readonly Placed[]> {
  const { entries } = await layer.index();
  const regular = entries.filter(({ kind }) => kind === "file");
  return files.flatMap((move) => {
    const found = regular.flatMap((entry): readonly Placed[] => {
      const path = movedPath(entry.path, move);
      if (path === undefined) return [];
      return [
        { entry: entryAt(path, entry), read: () => layer.read(entry), program: facts.programs[entry.path] },
      ];
    });
    if (found.length > 0) return found;
    throw new TareError("user-bad-recipe", `the npm package ${name} has no ${move.from}`, {
      hint: "paths count from the root of the package; those of its files are in the registry's archive",
    });
  });
}

/**
 * Where a path of the archive goes; undefined when it is neither the file that is moved nor in the folder. All of an
 * archive is in one folder, whose name means nothing (mostly `package`).
 */
export function movedPath(path: string, { from, to }: Move): string | undefined {
  const inPackage = path.slice(path.indexOf("/") + 1);
  const target = to.slice(1);
  const isFolder = target === "" || target.endsWith("/");
  if (inPackage === from) return isFolder ? `${target}${baseName(path)}` : target;
  const folder = from === "" || from.endsWith("/") ? from : `${from}/`;
  if (!inPackage.startsWith(folder)) return undefined;
  const rest = inPackage.slice(folder.length);
  return isFolder ? `${target}${rest}` : `${target}/${rest}`;
}

/** The registry's archives have owners and modes of nobody in particular. */
function entryAt(path: string, { mode, size, mtime, digest }: Entry): Entry {
  const executable = (mode & 0o111) !== 0;
  return {
    path,
    kind: "file",
    mode: executable ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    mtime,
    size,
    ...(digest !== undefined && { digest }),
  };
}
