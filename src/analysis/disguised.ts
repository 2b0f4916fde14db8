import type { TreeNode } from "../tree/index.ts";
import { baseName } from "../tree/index.ts";
import type { ImageContent } from "./analyse-files.ts";
import { kindOf } from "./tool-names.ts";
import type { AnalysedProgram, AnalysedTool, ToolKind } from "./types.ts";

/** What a program is by a text that its makers have written into it. */
interface Mark {
  readonly text: string;
  readonly name: string;
  readonly kind: ToolKind;
}

/** Shells, and the boxes that hold one; a box before the shell in it. */
const MARKS: readonly Mark[] = [
  { text: "BusyBox v", name: "busybox", kind: "shell" },
  { text: "usage: toybox", name: "toybox", kind: "shell" },
  { text: "GNU bash, version", name: "bash", kind: "shell" },
  { text: "%s unexpected (expecting %s)", name: "dash", kind: "shell" },
  { text: "ZSH_ARGZERO", name: "zsh", kind: "shell" },
  { text: "MIRBSD KSH", name: "mksh", kind: "shell" },
];

/** No shell is larger; all that is read is no more than the budget. */
const LARGEST = 8 << 20;
const BUDGET = 64 << 20;

/**
 * Shells under names that tell nothing: programs of no package that somebody may start, small ones first. One that is
 * packed, or of another making, is not recognised.
 */
export function disguisedTools(
  image: Pick<ImageContent, "read">,
  {
    programs,
    isPublic,
  }: {
    readonly programs: ReadonlyMap<TreeNode, AnalysedProgram>;
    readonly isPublic: (node: TreeNode) => boolean;
  },
): readonly AnalysedTool[] {
  const suspects = [...programs]
    .filter(([node, { type }]) => type === "program" && isSuspect(node) && !isPublic(node))
    .map(([node]) => node)
    .sort((a, b) => a.entry.size - b.entry.size);
  let left = BUDGET;
  return suspects.flatMap((node) => {
    const { path, size } = node.entry;
    left -= size;
    if (left < 0) return [];
    const { buffer, byteOffset } = image.read(node, 0, size);
    const bytes = Buffer.from(buffer, byteOffset, size);
    const mark = MARKS.find(({ text }) => bytes.includes(text));
    return mark ? [{ kind: mark.kind, path, file: path, is: mark.name }] : [];
  });
}

/** A program that is known by its name counts as that. */
function isSuspect({ entry: { path, mode, size } }: TreeNode): boolean {
  return (mode & 0o111) !== 0 && size <= LARGEST && kindOf(baseName(path)) === undefined;
}
