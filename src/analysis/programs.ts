import { setImmediate } from "node:timers/promises";
import { throwIfCancelled } from "../base/index.ts";
import { type ProgramFacts, programFacts } from "../closure/index.ts";
import { type ElfFile, machineName } from "../elf/index.ts";
import type { TreeNode } from "../tree/index.ts";
import type { ImageContent } from "./analyse-files.ts";
import type { AnalysedProgram } from "./types.ts";

/** Files after which others get a turn. */
const BATCH = 2000;

/** What the files of an image are by their content; a file of several names is looked at once. */
export async function lookAtPrograms(
  image: ImageContent,
  signal: AbortSignal,
): Promise<ReadonlyMap<TreeNode, AnalysedProgram>> {
  const found = new Map<TreeNode, AnalysedProgram>();
  const known = new Map<string, AnalysedProgram | undefined>();
  for (const [at, node] of image.nodes.entries()) {
    if (at % BATCH === 0) await setImmediate();
    throwIfCancelled(signal);
    if (node.entry.kind !== "file" || node.entry.size < SHORTEST) continue;
    const program =
      node.inode !== undefined && known.has(node.inode) ? known.get(node.inode) : programOf(image, node);
    if (node.inode !== undefined) known.set(node.inode, program);
    if (program) found.set(node, program);
  }
  return found;
}

/** `#!/a` is a script. */
const SHORTEST = 4;

function programOf(image: ImageContent, node: TreeNode): AnalysedProgram | undefined {
  const facts = programFacts({
    size: node.entry.size,
    read: (offset, length) => image.read(node, offset, length),
  });
  return facts && described(facts);
}

function described(facts: ProgramFacts): AnalysedProgram {
  switch (facts.kind) {
    case "script": {
      const { interpreter, argument } = facts;
      return { type: "script", interpreter, ...(argument !== undefined && { argument }) };
    }
    case "damaged":
      return { type: "damaged" };
    case "elf": {
      const { elf } = facts;
      return {
        type: typeOf(elf),
        machine: machineName(elf),
        ...(elf.interpreter !== undefined && { interpreter: elf.interpreter }),
        ...(elf.isStatic && { isStatic: true }),
        ...(elf.needed.length > 0 && { needed: elf.needed }),
      };
    }
  }
}

/** A library may have an interpreter, as glibc's that tells its version when it is started; programs have no `DT_SONAME`. */
function typeOf({ type, soname, interpreter, isStatic }: ElfFile): "program" | "library" | "object" {
  if (type === "executable") return "program";
  if (type !== "shared") return "object";
  return soname === undefined && (interpreter !== undefined || isStatic) ? "program" : "library";
}
