import type { Recipe } from "../recipe/index.ts";
import type { Entry } from "../tree/index.ts";
import { groupText, passwdText } from "./account-files.ts";
import { type Placed, placedFile } from "./placed.ts";

/** What packages leave to their scripts and to the administrator: accounts, directories, links and files of the recipe. */
export function settings(recipe: Recipe, mtime: number): readonly Placed[] {
  const root = { mode: 0o644, uid: 0, gid: 0, mtime };
  const accounts = [
    ...(recipe.users.length > 0
      ? [placedFile({ ...root, path: "etc/passwd" }, passwdText(recipe.users))]
      : []),
    ...(recipe.groups.length > 0
      ? [placedFile({ ...root, path: "etc/group" }, groupText(recipe.groups))]
      : []),
  ];
  return [
    ...accounts,
    ...recipe.directories.map(
      ({ path, ...facts }): Placed => ({ entry: entryAt(path, { ...facts, mtime, kind: "dir" }) }),
    ),
    ...recipe.files
      .filter(({ parts }) => !parts)
      .map(({ path, content, mode, uid, gid }) =>
        placedFile({ path: path.slice(1), mode, uid, gid, mtime }, content),
      ),
    ...recipe.links.map(
      ({ path, target }): Placed => ({
        entry: entryAt(path, { ...root, mode: 0o777, kind: "symlink", link: target }),
      }),
    ),
  ];
}

function entryAt(path: string, facts: Omit<Entry, "path" | "size">): Entry {
  return { ...facts, path: path.slice(1), size: 0 };
}
