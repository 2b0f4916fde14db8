import { type Digest, TareError } from "../base/index.ts";
import { compileIgnore } from "../dockerfile/index.ts";
import type { CopyAction } from "../graph/index.ts";
import {
  contentDigest,
  expandWildcard,
  isPattern,
  parentPath,
  relativePath,
  type Selection,
  selectPath,
  type Tree,
  type TreeNode,
} from "../tree/index.ts";
import { type FileTree, lookInto } from "./files.ts";

/** What a copy says of its source. */
export type CopySource = Pick<CopyAction, "source" | "wildcard" | "exclude" | "include">;

/** Finds the sources of a copy. A wildcard may match nothing; a plain path that does not exist is an error. */
export function selectSources(files: FileTree, action: CopySource): Promise<readonly Selection[]> {
  return lookInto(files, (tree) => selectIn(tree, { files, action }));
}

function selectIn(
  tree: Tree,
  { files, action }: { readonly files: FileTree; readonly action: CopySource },
): readonly Selection[] {
  const pattern = action.source.slice(1);
  const isWildcard = action.wildcard && isPattern(pattern);
  const paths = isWildcard ? expandWildcard(tree, pattern) : [pattern];
  const excluded = compileIgnore(action.exclude);
  return paths.map((path) => {
    const all = selectPath(tree, { path });
    const [top] = all.nodes;
    if (!top) throw notFound(files, path);
    // Patterns of --exclude count from the source; for a single file they see its name.
    const isLeftOut = (node: TreeNode) =>
      top.entry.kind === "dir"
        ? node !== top && excluded.matches(relativePath(all, node))
        : excluded.matches(all.name);
    const kept =
      action.exclude.length > 0 ? { ...all, nodes: all.nodes.filter((node) => !isLeftOut(node)) } : all;
    return action.include ? onlyIncluded(kept, action.include, { files, isWildcard }) : kept;
  });
}

/** The digest of exactly what a copy selects, for the key of a step that reads nothing else of these files. */
export async function selectionDigest(files: FileTree, action: CopySource): Promise<Digest> {
  return contentDigest(await selectSources(files, action), files.digests);
}

/** What matches, what is in a matching directory, and the directories on the way to it. */
function onlyIncluded(
  kept: Selection,
  patterns: readonly string[],
  { files, isWildcard }: { readonly files: FileTree; readonly isWildcard: boolean },
): Selection {
  const included = compileIgnore(patterns);
  const wanted = new Set<string>([""]);
  for (const node of kept.nodes) {
    const path = relativePath(kept, node);
    if (path === "" || !included.matches(path)) continue;
    for (let way = path; way !== "" && !wanted.has(way); way = parentPath(way)) wanted.add(way);
  }
  const missing = patterns.find((pattern) => !isPattern(pattern) && !wanted.has(pattern));
  if (missing !== undefined && !isWildcard) throw notFound(files, missing);
  return { ...kept, nodes: kept.nodes.filter((node) => wanted.has(relativePath(kept, node))) };
}

function notFound(files: FileTree, path: string): TareError {
  return new TareError("resolve-path", `${JSON.stringify(`/${path}`)}: not found in ${files.title}`, {
    hint: "check the spelling; a file of the build context may also be left out by .dockerignore",
  });
}
