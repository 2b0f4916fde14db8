import { posix } from "node:path";
import type { CopyInstruction, StageInstruction } from "../dockerfile/index.ts";
import { hasNoShell } from "./base-facts.ts";
import { type CheckContext, chainOf } from "./context.ts";
import type { CheckedStage, Step } from "./stages.ts";
import { expanded } from "./variables.ts";

/** Whether there is surely no shell in a stage where an instruction stands; without one, at its end. */
export function isShellLess(context: CheckContext, stage: CheckedStage, last?: StageInstruction): boolean {
  if (!hasNoShell(stage.base)) return false;
  let atEnd = true;
  for (const one of chainOf(stage)) {
    if (!atEnd) return false;
    const found = known.get(one) ?? lookThrough(context, one);
    known.set(one, found);
    if (last && found.before.has(last)) return true;
    atEnd = found.atEnd;
  }
  return last === undefined && atEnd;
}

/** What is known of a stage whose parent has no shell. */
interface ShellLess {
  /** The instructions that surely have none in front of them. */
  readonly before: ReadonlySet<StageInstruction>;
  readonly atEnd: boolean;
}

/** Each stage is looked through once: it may have thousands of instructions. */
const known = new WeakMap<CheckedStage, ShellLess>();

function lookThrough(context: CheckContext, { steps }: CheckedStage): ShellLess {
  const before = new Set<StageInstruction>();
  for (const step of steps) {
    const { instruction } = step;
    if (step.shell.length > 0 || instruction.keyword === "SHELL") return { before, atEnd: false };
    before.add(instruction);
    const isCopy = instruction.keyword === "COPY" || instruction.keyword === "ADD";
    if (isCopy && mayBringShell(context, step as Step<CopyInstruction>)) return { before, atEnd: false };
    if (instruction.keyword === "RUN" && instruction.command.form === "exec") return { before, atEnd: false };
  }
  return { before, atEnd: true };
}

/** Where system programs live, or everything: what is copied there is not looked into. */
const SYSTEM = /^\/(?:$|(?:usr\/)?(?:local\/)?(?:s?bin|lib\d*)(?:\/|$)|usr(?:\/|$)|busybox(?:\/|$))/;

/** A single file in the root that the context names is no file system. */
function mayBringShell(
  { dockerfile }: CheckContext,
  { instruction, variables, workdir }: Step<CopyInstruction>,
): boolean {
  const { sources, destination, from, keyword, parents } = instruction;
  const text = (word: { readonly text: string }) =>
    expanded(word.text, variables, dockerfile.escape)?.text ?? "";
  const target = posix.resolve(workdir, text(destination));
  const named = sources.map(text);
  if (parents || named.some((path) => /(?:^|\/)(?:ba|da|a)?sh$|busybox/.test(path))) return true;
  if (!SYSTEM.test(target)) return false;
  if (target !== "/")
    return named.some((path) => /[*?]|\/$|bin$|usr$/.test(path)) || /\/(?:ba|da|a)?sh$/.test(target);
  const isArchive = named.some((path) => /\.(?:tar|tgz|tar\.\w+|txz)$/.test(path));
  return (keyword === "ADD" && isArchive) || named.some((path) => isFolder(path, from !== undefined));
}

/** Without a look at it, a path is taken for a folder unless it has a name that is a file's. */
function isFolder(path: string, fromStage: boolean): boolean {
  const clean = posix.normalize(path);
  if (/[*?]/.test(clean) || clean === "/" || clean === "." || clean.endsWith("/")) return true;
  return fromStage
    ? /(?:root|rootfs|out|dist|install|output|fs|layer|staging|target)$/i.test(clean)
    : /rootfs|root$/i.test(clean);
}
