import { TareError } from "../base/index.ts";
import { compileIgnore } from "../dockerfile/index.ts";
import type { CopyAction } from "../graph/index.ts";
import { expandWildcard, isPattern, type Selection, selectPath } from "../tree/index.ts";
import type { FileTree } from "./files.ts";

/** Finds the sources of a copy. A wildcard may match nothing; a plain path that does not exist is an error. */
export async function selectSources(
  files: FileTree,
  action: Pick<CopyAction, "source" | "wildcard" | "exclude">,
): Promise<readonly Selection[]> {
  const tree = await files.tree();
  const pattern = action.source.slice(1);
  const paths = action.wildcard && isPattern(pattern) ? expandWildcard(tree, pattern) : [pattern];
  const excluded = compileIgnore(action.exclude);
  return paths.map((path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const whole = selectPath(tree, { path });
    const isDirectory = whole.items[0]?.node.entry.kind === "dir";
    if (whole.items.length === 0) throw notFound(files, path);
    // Patterns of --exclude count from the source; for a single file they see its name.
    const kept = whole.items.filter((item) =>
      isDirectory ? item.path === "" || !excluded.matches(item.path) : !excluded.matches(name),
    );
    return { name, items: kept };
  });
}

function notFound(files: FileTree, path: string): TareError {
  return new TareError("resolve-path", `${JSON.stringify(`/${path}`)}: not found in ${files.title}`, {
    hint: "check the spelling; a file of the build context may also be left out by .dockerignore",
  });
}
