import { type Snapshot, selectSources } from "../../solver/index.ts";
import type { StepCopy } from "../../store/index.ts";
import {
  baseName,
  compilePattern,
  isPattern,
  joinPath,
  parentPath,
  relativePath,
  type TreeNode,
} from "../../tree/index.ts";

/** What the sources of a copy are called where it puts them, and what they were: without leading slashes. */
export type CopiedFiles = ReadonlyMap<string, TreeNode>;

/** Finds all that a copy takes from the result of another step. A step is not asked where links lead to below it. */
export async function copiedFiles(copy: StepCopy, files: Snapshot): Promise<CopiedFiles> {
  const found = new Map<string, TreeNode>();
  const target = targetOf(copy);
  for (const selection of await selectSources(files, copy)) {
    const isFile = selection.nodes[0]?.entry.kind !== "dir";
    for (const node of selection.nodes) {
      if (node.entry.kind === "dir") continue;
      if (!isFile || !copy.destination.endsWith("/"))
        found.set(joinPath(target, relativePath(selection, node)), node);
      // A file goes into a folder that is there.
      if (isFile) found.set(joinPath(target, selection.name), node);
    }
  }
  return found;
}

/** The source of a file that a copy has put there; the folder `/usr` may have come in between by a link. */
export function sourceAt(files: CopiedFiles, path: string): TreeNode | undefined {
  return files.get(path) ?? files.get(path.replace(/^usr\//, ""));
}

/**
 * What copies from a build context, which is not there any more, can have taken for a file: the one whose name says so,
 * else all folders that may have had it. A pattern stands for what it matches.
 */
export function contextSources(copies: readonly StepCopy[], path: string): readonly string[] {
  const ways = [...new Set([path, path.replace(/^usr\//, "")])];
  const found = copies.flatMap((copy) => ways.flatMap((way) => sourcesFor(copy, way)));
  const sure = found.findLast(({ isSure }) => isSure);
  return [...new Set((sure ? [sure] : found).map(({ source }) => source))];
}

interface Guess {
  readonly source: string;
  readonly isSure: boolean;
}

function sourcesFor(copy: StepCopy, path: string): readonly Guess[] {
  const target = targetOf(copy);
  const source = copy.source.replace(/^\/+/, "");
  const isInside = target === "" || path.startsWith(`${target}/`);
  // What an archive has inside is not what its name says.
  if ((path !== target && !isInside) || (copy.unpack && ARCHIVE.test(source))) return [];
  const rest = path === target ? "" : path.slice(target === "" ? 0 : target.length + 1);
  if (copy.wildcard && isPattern(source)) {
    const [folder, name] = [parentPath(source), baseName(source)];
    const isEntry = rest !== "" && !rest.includes("/");
    if (isEntry && !isPattern(folder) && compilePattern(name)(rest))
      return [{ source: joinPath(folder, rest), isSure: true }];
    // What matches may be a folder, whose content is copied; few have an extension.
    return name.includes(".") && rest !== "" ? [] : [{ source, isSure: false }];
  }
  if (rest === "" || rest === baseName(source)) return [{ source, isSure: true }];
  return [{ source: joinPath(source, rest), isSure: source === "" }];
}

const ARCHIVE = /\.(?:tar|tgz|tbz2?|txz|tzst|gz|bz2|xz|zst)$/;

function targetOf({ destination }: StepCopy): string {
  return destination.replace(/^\/+|\/+$/g, "");
}
