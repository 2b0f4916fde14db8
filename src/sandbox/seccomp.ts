import { ALLOWED_SYSCALLS } from "./seccomp-syscalls.ts";

/** An OCI seccomp profile (runtime-spec, config-linux.md, "Seccomp"). */
export interface SeccompProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet: number;
  readonly architectures: readonly string[];
  readonly syscalls: readonly {
    readonly names: readonly string[];
    readonly action: string;
    readonly args?: readonly SeccompArgument[];
  }[];
}

/** What an argument of a system call has to be for a rule to hold. */
export interface SeccompArgument {
  readonly index: number;
  readonly value: number;
  readonly op: "SCMP_CMP_EQ" | "SCMP_CMP_NE";
}

const ENOSYS = 38;
/** Sockets to the hypervisor: no business of a container. */
const AF_VSOCK = 40;
/** Execution domains that personality(2) may ask for: Linux, and its variants for 32-bit and old programs. */
const PERSONALITIES = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

const ARCHITECTURES: Readonly<Record<string, readonly string[]>> = {
  x64: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  arm64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
};

/** The profile for a machine (`os.arch()`): everything that is not on the list fails with ENOSYS. */
export function seccompProfile(arch: string): SeccompProfile {
  const allow = "SCMP_ACT_ALLOW";
  const personalities = PERSONALITIES.map((value) => ({
    names: ["personality"],
    action: allow,
    args: [{ index: 0, value, op: "SCMP_CMP_EQ" as const }],
  }));
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: ENOSYS,
    architectures: ARCHITECTURES[arch] ?? [],
    syscalls: [
      { names: [...ALLOWED_SYSCALLS, "chroot"], action: allow },
      { names: ["socket"], action: allow, args: [{ index: 0, value: AF_VSOCK, op: "SCMP_CMP_NE" }] },
      ...personalities,
    ],
  };
}
