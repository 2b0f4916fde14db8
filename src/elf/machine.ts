import type { ElfHeader } from "./elf-file.ts";

/** The kind of processor that a file is for, for people: `x86-64`, `AArch64`; `machine 1234` of one unknown to us. */
export function machineName({ machine, bits }: Pick<ElfHeader, "machine" | "bits">): string {
  const name = NAMES[machine] ?? `machine ${machine}`;
  return name === "x86-64" && bits === 32 ? "x32" : name;
}

/** By `e_machine`. */
const NAMES: Readonly<Record<number, string>> = {
  2: "SPARC",
  3: "x86",
  4: "68000",
  8: "MIPS",
  15: "PA-RISC",
  20: "PowerPC",
  21: "PowerPC 64",
  22: "S/390",
  40: "ARM",
  42: "SuperH",
  43: "SPARC 64",
  50: "IA-64",
  62: "x86-64",
  183: "AArch64",
  243: "RISC-V",
  258: "LoongArch",
};
