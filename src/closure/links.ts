import { TareError } from "../base/index.ts";
import { lookup, resolvePath, type Tree, walkTree } from "../tree/index.ts";
import type { LinkGap } from "./gap.ts";

/** Filled by whoever runs the image: what leads there leads somewhere then. */
const AT_RUN_TIME = /^(?:proc|sys|dev)(?:\/|$)/;

/** The symbolic links of a tree that lead to nothing in it, in the order of paths. */
export function danglingLinks(tree: Tree): readonly LinkGap[] {
  const gaps: LinkGap[] = [];
  for (const { entry } of walkTree(tree)) {
    if (entry.kind !== "symlink") continue;
    const missing = missingTarget(tree, entry.path);
    if (missing === undefined || (missing && AT_RUN_TIME.test(missing))) continue;
    const link = { kind: "link", level: "required", file: entry.path, needs: entry.link ?? "" } as const;
    gaps.push(missing === "" ? link : { ...link, missing });
  }
  return gaps;
}

/** The path that is not there; undefined when it is, and "" when links lead round in a circle. */
function missingTarget(tree: Tree, path: string): string | undefined {
  try {
    return lookup(tree, path) ? undefined : resolvePath(tree, path);
  } catch (error) {
    if (error instanceof TareError && error.code === "user-context") return "";
    throw error;
  }
}
