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
  const isWanted = wantedBy(action);
  return paths.map((path) => {
    const all = selectPath(tree, { path });
    const [top] = all.nodes;
    if (!top) throw notFound(files, path);
    if (!isWanted) return all;
    // Patterns count from the source; for a single file they see its name.
    if (top.entry.kind !== "dir") return isWanted(all.name) ? all : { ...all, nodes: [] };
    const kept = onlyWanted(all, isWanted);
    const missing = isWildcard ? undefined : missingFrom(kept, action.include);
    if (missing !== undefined) throw notFound(files, missing);
    return kept;
  });
}

/** Whether a copy takes a path below its source; undefined when it takes all of them. */
function wantedBy({ exclude, include }: CopySource): ((path: string) => boolean) | undefined {
  if (exclude.length === 0 && !include) return undefined;
  const excluded = compileIgnore(exclude);
  const included = include && compileIgnore(include);
  return (path) => !excluded.matches(path) && (included?.matches(path) ?? true);
}

/** The digest of exactly what a copy selects, for the key of a step that reads nothing else of these files. */
export async function selectionDigest(files: FileTree, action: CopySource): Promise<Digest> {
  return contentDigest(await selectSources(files, action), files.digests);
}

/** What is wanted below a directory, and the directories on the way to it. */
function onlyWanted(all: Selection, isWanted: (path: string) => boolean): Selection {
  const [top, ...below] = all.nodes as [TreeNode, ...TreeNode[]];
  const nodes = [top];
  const unwanted = new Map<string, TreeNode>();
  const onTheWay = new Set<TreeNode>();
  for (const node of below) {
    const path = relativePath(all, node);
    if (isWanted(path)) {
      for (const directory of unwantedAbove(path, unwanted)) {
        onTheWay.add(directory);
        nodes.push(directory);
      }
      nodes.push(node);
    } else if (node.entry.kind === "dir") unwanted.set(path, node);
  }
  return { ...all, nodes, onTheWay };
}

/** Takes the directories above a path out of those that nobody wanted so far, the uppermost first. */
function unwantedAbove(path: string, unwanted: Map<string, TreeNode>): readonly TreeNode[] {
  const parent = parentPath(path);
  const directory = unwanted.get(parent);
  if (!directory) return [];
  unwanted.delete(parent);
  return [...unwantedAbove(parent, unwanted), directory];
}

/** A plain path among the patterns that selects nothing. */
function missingFrom(kept: Selection, patterns: readonly string[] = []): string | undefined {
  const hasPath = (path: string) =>
    path === "" || kept.nodes.some((node) => relativePath(kept, node) === path);
  return patterns.find((pattern) => !isPattern(pattern) && !hasPath(pattern));
}

function notFound(files: FileTree, path: string): TareError {
  return new TareError("resolve-path", `${JSON.stringify(`/${path}`)}: not found in ${files.title}`, {
    hint: "check the spelling; a file of the build context may also be left out by .dockerignore",
  });
}
