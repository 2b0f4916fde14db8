import { closeSync, openSync, readFileSync, renameSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { hexOf, koffi, lazy, readSmallIfExists, sha256, uniqueName } from "../base/index.ts";
import type { SeccompProfile } from "./seccomp.ts";

/**
 * A profile as the program that the kernel runs (BPF, in base64), which crun takes as it is: translating the
 * profile again for every step would cost half of the step. Made by libseccomp, remembered in `memory`.
 * Undefined where there is no libseccomp; then the runtime does it by itself.
 */
export function seccompFilter(profile: SeccompProfile, memory: string): string | undefined {
  const name = hexOf(sha256(JSON.stringify([profile, release()]))).slice(0, 16);
  const file = join(memory, `seccomp-${name}.bpf`);
  const known = readSmallIfExists(file);
  if (known && known.length > 0) return known.toString("base64");
  try {
    const draft = join(memory, "tmp", uniqueName());
    compile(profile, draft);
    renameSync(draft, file);
    return readFileSync(file).toString("base64");
  } catch {
    return undefined;
  }
}

const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const COMPARE: Readonly<Record<string, number>> = { SCMP_CMP_NE: 1, SCMP_CMP_EQ: 4 };
/** The attribute for how the program searches, and its value for a binary tree. */
const OPTIMIZE = { attribute: 8, tree: 2 };

function compile({ defaultErrnoRet, architectures, syscalls }: SeccompProfile, file: string): void {
  const seccomp = library();
  const filter = seccomp.init(ERRNO | defaultErrnoRet);
  try {
    for (const architecture of architectures)
      seccomp.addArch(filter, seccomp.resolveArch(architecture.replace("SCMP_ARCH_", "").toLowerCase()));
    seccomp.setAttribute(filter, OPTIMIZE.attribute, OPTIMIZE.tree);
    for (const { names, args = [] } of syscalls) {
      const compare = args.map(({ index, op, value }) => ({
        arg: index,
        op: COMPARE[op],
        a: value,
        b: 0,
      }));
      for (const number of names.map((name) => seccomp.resolveName(name)).filter((number) => number !== -1))
        check(seccomp.addRule(filter, ALLOW, number, compare.length, compare));
    }
    const descriptor = openSync(file, "wx");
    try {
      check(seccomp.exportBpf(filter, descriptor));
    } finally {
      closeSync(descriptor);
    }
  } finally {
    seccomp.release(filter);
  }
}

function check(result: number): void {
  if (result !== 0) throw new Error(`libseccomp: error ${-result}`);
}

const library = lazy(() => {
  const seccomp = koffi().load("libseccomp.so.2");
  koffi().struct("tare_scmp_compare", { arg: "uint32_t", op: "int", a: "uint64_t", b: "uint64_t" });
  const define = <F>(signature: string) => seccomp.func(signature) as unknown as F;
  return {
    init: define<(action: number) => unknown>("void *seccomp_init(uint32_t action)"),
    release: define<(filter: unknown) => void>("void seccomp_release(void *filter)"),
    resolveArch: define<(name: string) => number>("uint32_t seccomp_arch_resolve_name(const char *name)"),
    /** Adding one that is there already is an error that means nothing. */
    addArch: define<(filter: unknown, arch: number) => number>(
      "int seccomp_arch_add(void *filter, uint32_t arch)",
    ),
    setAttribute: define<(filter: unknown, attribute: number, value: number) => number>(
      "int seccomp_attr_set(void *filter, int attribute, uint32_t value)",
    ),
    resolveName: define<(name: string) => number>("int seccomp_syscall_resolve_name(const char *name)"),
    addRule: define<
      (filter: unknown, action: number, number: number, count: number, args: readonly object[]) => number
    >(
      "int seccomp_rule_add_array(void *filter, uint32_t action, int syscall, unsigned int count, const tare_scmp_compare *args)",
    ),
    exportBpf: define<(filter: unknown, descriptor: number) => number>(
      "int seccomp_export_bpf(void *filter, int fd)",
    ),
  };
});
