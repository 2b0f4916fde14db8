import type { ElfFile } from "../elf/index.ts";
import { parentPath, type Tree, type TreeNode, walkTree } from "../tree/index.ts";
import type { Loaded } from "./find-library.ts";
import type { ProgramFacts } from "./program-facts.ts";
import { isExecutable } from "./tree-files.ts";

/** What there is in a tree to start, or to load. Each in the order of paths. */
export interface Roots {
  /** What the kernel starts by a loader. */
  readonly programs: readonly Loaded[];
  /** Libraries, and what is loaded as one: plugins, modules, addons. */
  readonly libraries: readonly Loaded[];
  readonly scripts: readonly {
    readonly path: string;
    readonly facts: ProgramFacts & { readonly kind: "script" };
  }[];
  readonly damaged: readonly { readonly node: TreeNode; readonly reason: string }[];
}

/** Debug symbols look like the file that they were taken from, with nothing in it. */
const NEVER_LOADED = "usr/lib/debug/";

export function findRoots(tree: Tree, facts: (path: string) => ProgramFacts | undefined): Roots {
  const programs: Loaded[] = [];
  const libraries: Loaded[] = [];
  const scripts: Roots["scripts"][number][] = [];
  const damaged: Roots["damaged"][number][] = [];
  for (const node of walkTree(tree)) {
    const { path, kind } = node.entry;
    if (kind !== "file" || path.startsWith(NEVER_LOADED)) continue;
    const fact = facts(path);
    if (!fact) continue;
    if (fact.kind === "damaged") damaged.push({ node, reason: fact.reason });
    else if (fact.kind === "script") {
      if (isExecutable(node)) scripts.push({ path, facts: fact });
    } else if (isLoadable(fact.elf)) {
      const loaded = { path, elf: fact.elf, origin: parentPath(path) };
      const isProgram = fact.elf.interpreter !== undefined && isExecutable(node);
      (isProgram ? programs : libraries).push(loaded);
    }
  }
  return { programs, libraries, scripts, damaged };
}

function isLoadable({ type, isStatic }: ElfFile): boolean {
  return !isStatic && (type === "executable" || type === "shared");
}
