import type { Tree, TreeNode } from "./tree.ts";

/** A node and all below it, a directory before what is in it, in the order of `comparePaths`. */
export function* walkTree(from: Tree | TreeNode): Generator<TreeNode> {
  const root = "root" in from ? from.root : from;
  yield root;
  const open = root.children ? [root.children.values()] : [];
  for (let top = open.at(-1); top; top = open.at(-1)) {
    const next = top.next();
    if (next.done) {
      open.pop();
      continue;
    }
    yield next.value;
    if (next.value.children) open.push(next.value.children.values());
  }
}
