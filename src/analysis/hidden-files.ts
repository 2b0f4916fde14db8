import { lazy } from "../base/index.ts";
import { comparePaths, type Entry, opaquePath, parentPath, type TreeNode } from "../tree/index.ts";
import type { ImageContent } from "./analyse-files.ts";
import type { HiddenFile } from "./types.ts";

/**
 * The files of layers that are not in the merged tree, the most bytes first. Files of no bytes cost nothing and are left
 * out; a file of several names is hidden when all of them are.
 */
export function hiddenFiles({
  layers,
  nodes,
}: Pick<ImageContent, "layers" | "nodes">): readonly HiddenFile[] {
  const visible = visibleNames(nodes);
  const above = layers.map(({ index }) =>
    lazy(() => new Map(index.entries.map((entry) => [entry.path, entry] as const))),
  );
  return layers
    .flatMap(({ index }, layer) =>
      index.entries
        .filter(({ kind, path, size }) => kind === "file" && size > 0 && !visible.has(`${layer}:${path}`))
        .map(({ path, size }) => ({ path, size, layer, ...hiderOf(path, { above, layer }) })),
    )
    .sort((a, b) => b.size - a.size || comparePaths(a.path, b.path));
}

/** `layer:path` of every file that is seen, by its first name in its layer. */
function visibleNames(nodes: readonly TreeNode[]): ReadonlySet<string> {
  const files = nodes.filter(({ entry }) => entry.kind === "file");
  return new Set(files.map(({ entry, layer, inode }) => inode ?? `${layer}:${entry.path}`));
}

/** The first layer above that has something else at the path, or that removes it or a folder that it is in. */
function hiderOf(
  path: string,
  { above, layer }: { readonly above: readonly (() => ReadonlyMap<string, Entry>)[]; readonly layer: number },
): Pick<HiddenFile, "by" | "how"> {
  for (let by = layer + 1; by < above.length; by++) {
    const entries = (above[by] as (typeof above)[number])();
    const own = entries.get(path);
    if (own) return { by, how: own.kind === "whiteout" ? "removed" : "replaced" };
    for (let folder = path; folder !== ""; ) {
      folder = parentPath(folder);
      const over = entries.get(folder);
      if (entries.has(opaquePath(folder)) || (over && over.kind !== "dir")) return { by, how: "removed" };
    }
  }
  return { by: layer, how: "replaced" };
}
