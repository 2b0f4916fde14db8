import { type ProgramFacts, programFacts } from "../closure/index.ts";
import { type ElfBytes, type ElfFile, machineName } from "../elf/index.ts";
import type { AnalysedProgram } from "./types.ts";

/** What a file is by its content; undefined when it is neither ELF nor script. */
export function programOf(file: ElfBytes): AnalysedProgram | undefined {
  const facts = programFacts(file);
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
