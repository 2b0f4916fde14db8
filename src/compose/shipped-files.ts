import { type Entry, isMergedLink, mergedPath, type PathTest, parentPath } from "../tree/index.ts";
import type { PackageLayer } from "./package-layer.ts";
import type { Placed } from "./placed.ts";

/**
 * The files of a package that an image gets, at their places under a merged /usr. A directory stays when something in
 * it does, or when the package brings it empty. Directories are of 1970: when one was changed last depends on what else
 * is in the image, and layers are to be the same in all.
 */
export async function shippedFiles(
  { layer, facts }: PackageLayer,
  ships: PathTest,
): Promise<readonly Placed[]> {
  const { entries } = await layer.index();
  const linked = linkedFiles(entries);
  const all = entries.filter(({ path }) => path !== "" && !isMergedLink(path));
  const parents = new Set(all.map(({ path }) => parentPath(mergedPath(path))));
  const shipped = all.filter(({ path, kind }) => {
    const merged = mergedPath(path);
    return ships(`/${merged}`) && !(kind === "dir" && parents.has(merged));
  });
  const above = directoriesAbove(shipped.map(({ path }) => mergedPath(path)));
  const directories = all.filter(({ path, kind }) => kind === "dir" && above.has(mergedPath(path)));
  return [...directories, ...shipped].map((entry) => placedAt(entry, { layer, facts, linked }));
}

function placedAt(
  entry: Entry,
  { layer, facts, linked }: PackageLayer & { readonly linked: ReadonlyMap<string, Entry> },
): Placed {
  const path = mergedPath(entry.path);
  switch (entry.kind) {
    case "dir":
      return { entry: { ...entry, path, mtime: 0 } };
    case "file":
    case "hardlink": {
      const shared = linked.get(entry.kind === "hardlink" ? (entry.link as string) : entry.path);
      const file = shared ?? entry;
      const { offset: _offset, ...own } = file;
      return {
        entry: { ...own, path },
        read: () => layer.read(file),
        program: Object.hasOwn(facts.programs, file.path) ? facts.programs[file.path] : undefined,
        ...(shared && { inode: file.path }),
      };
    }
    default:
      return { entry: { ...entry, path } };
  }
}

/** The files with several names, by the first of them. */
function linkedFiles(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  const targets = new Set(entries.flatMap(({ kind, link }) => (kind === "hardlink" && link ? [link] : [])));
  return new Map(entries.filter(({ path }) => targets.has(path)).map((entry) => [entry.path, entry]));
}

function directoriesAbove(paths: readonly string[]): ReadonlySet<string> {
  const above = new Set<string>();
  for (const path of paths)
    for (let parent = parentPath(path); parent !== "" && !above.has(parent); parent = parentPath(parent))
      above.add(parent);
  return above;
}
