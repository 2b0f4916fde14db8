import { readdirSync, readFileSync } from "node:fs";
import { CAPABILITIES } from "./capabilities.ts";
import { koffi } from "./foreign.ts";
import { lazy } from "./lazy.ts";
import { systemError } from "./syscalls.ts";

/** The process to become. */
export interface ProcessImage {
  readonly root: string;
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
  /** Supplementary ones; where a process may have none, they are left out. */
  readonly groups: readonly number[];
  /** Names of the capabilities to keep; undefined keeps all. */
  readonly capabilities: readonly string[] | undefined;
  /** Whether set-user-id programs give no rights. */
  readonly noNewPrivileges?: boolean;
  readonly hostname: string;
  /** Path inside the new root. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  /** The descriptor that becomes its standard error. */
  readonly stderr: number;
}

/** Numbers of capabilities (linux/capability.h) that anybody here keeps. */
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const F_SETFD = 2;
const FD_CLOEXEC = 1;

/**
 * Replaces this process (chroot(2), setuid(2), execve(2)): hostname, root, directory, capability bounds,
 * identity, program. Never returns; throws a system error when the program can not be executed.
 */
export function execProcess(image: ProcessImage): never {
  const c = libc();
  const check = (call: string, path: string, result: number) => {
    if (result < 0) throw systemError(call, path);
  };
  const open = readdirSync("/proc/self/fd").map(Number);
  check("sethostname", image.hostname, c.sethostname(image.hostname, Buffer.byteLength(image.hostname)));
  check("chroot", image.root, c.chroot(image.root));
  c.umask(0o022);
  check("chdir", image.cwd, c.chdir(image.cwd));
  for (const number of droppedCapabilities(image.capabilities)) c.prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
  if (image.noNewPrivileges) check("prctl", "no_new_privs", c.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  if (maySetGroups())
    check("setgroups", "", c.setgroups(image.groups.length, Uint32Array.from(image.groups)));
  check("setgid", String(image.gid), c.setgid(image.gid));
  check("setuid", String(image.uid), c.setuid(image.uid));
  if (image.stderr !== 2) check("dup2", String(image.stderr), c.dup2(image.stderr, 2));
  // Node marks the standard streams to be closed, and not all of those that it has got from elsewhere.
  for (const stream of open) if (stream > 2) c.fcntl(stream, F_SETFD, FD_CLOEXEC);
  for (const stream of [0, 1, 2]) c.fcntl(stream, F_SETFD, 0);
  c.execve(image.program, [...image.args, null], [...image.env, null]);
  throw systemError("execve", image.program);
}

/** False in a user namespace with a single user: nobody in it has supplementary groups (user_namespaces(7)). */
export const maySetGroups = lazy(() => readFileSync("/proc/self/setgroups", "utf8").trim() !== "deny");

/** Numbers that the kernel does not know are refused by it, which changes nothing. */
function droppedCapabilities(kept: readonly string[] | undefined): readonly number[] {
  if (kept === undefined) return [];
  return [...CAPABILITIES.keys()].filter((number) => !kept.includes(CAPABILITIES[number] as string));
}

type Words = readonly (string | null)[];

const libc = lazy(() => {
  const library = koffi().load(null);
  const define = <F>(signature: string) => library.func(signature) as unknown as F;
  return {
    sethostname: define<(name: string, length: number) => number>(
      "int sethostname(const char *name, size_t len)",
    ),
    chroot: define<(path: string) => number>("int chroot(const char *path)"),
    chdir: define<(path: string) => number>("int chdir(const char *path)"),
    umask: define<(mask: number) => number>("uint32_t umask(uint32_t mask)"),
    prctl: define<(option: number, a: number, b: number, d: number, e: number) => number>(
      "int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)",
    ),
    dup2: define<(from: number, to: number) => number>("int dup2(int oldfd, int newfd)"),
    fcntl: define<(fd: number, command: number, value: number) => number>(
      "int fcntl(int fd, int command, int value)",
    ),
    setgroups: define<(count: number, groups: Uint32Array) => number>(
      "int setgroups(size_t size, const uint32_t *list)",
    ),
    setgid: define<(gid: number) => number>("int setgid(uint32_t gid)"),
    setuid: define<(uid: number) => number>("int setuid(uint32_t uid)"),
    execve: define<(path: string, args: Words, env: Words) => number>(
      "int execve(const char *path, const char **argv, const char **envp)",
    ),
  };
});
