import { TareError } from "../base/index.ts";
import { baseName, lookup, type TreeNode } from "../tree/index.ts";
import type { ImageContent } from "./analyse-files.ts";
import { kindOf } from "./tool-names.ts";
import type { AnalysedTool } from "./types.ts";

/**
 * The programs of an image that are known by name, links followed. A tool counts once: names that lead to a tool of the
 * same kind are that one (`sh` is `dash`), others stand for themselves (`wget` is a tool though it is `busybox`).
 */
export function findTools({ nodes, tree }: Pick<ImageContent, "nodes" | "tree">): readonly AnalysedTool[] {
  const found = new Map<string, AnalysedTool>();
  for (const node of nodes) {
    const { path, kind } = node.entry;
    const isName = (kind === "file" || kind === "symlink") && !NO_PROGRAMS.test(path);
    const tool = isName ? kindOf(baseName(path)) : undefined;
    const real = tool && started(tree, node);
    if (!tool || !real) continue;
    const file = real.entry.path;
    const own = kindOf(baseName(file)) === tool ? (real.inode ?? file) : baseName(path);
    const key = `${tool} ${own}`;
    if (!found.has(key) || path === file) found.set(key, { kind: tool, path, file });
  }
  return [...found.values()];
}

/** Where what bears the name of a tool is something else: jobs of cron, apt's methods, completions. */
const NO_PROGRAMS = /^(?:etc|var|usr\/share|usr\/lib\/apt)\//;

/** The program that a path starts, if it does. */
function started(tree: ImageContent["tree"], node: TreeNode): TreeNode | undefined {
  const real = node.entry.kind === "symlink" ? follow(tree, node.entry.path) : node;
  return real?.entry.kind === "file" && (real.entry.mode & 0o111) !== 0 ? real : undefined;
}

function follow(tree: ImageContent["tree"], path: string): TreeNode | undefined {
  try {
    return lookup(tree, path)?.node;
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}
