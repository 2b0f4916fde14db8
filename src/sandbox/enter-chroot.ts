import {
  existsSync,
  fchownSync,
  fstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { execProcess, isSystemError, MS, mount, type ProcessImage } from "../base/index.ts";
import { DEFAULT_CAPABILITIES } from "./capabilities.ts";
import { CHROOT_EXIT, type ChrootSpec } from "./chroot.ts";
import { OUTSIDE_LIMITS } from "./enter-cgroups.ts";
import { findProgram } from "./exec-failure.ts";
import { insideRoot } from "./inside-root.ts";
import { MASKED_PATHS, READONLY_PATHS } from "./protected-paths.ts";
import type { ProcessSpec, TmpfsMount } from "./types.ts";

const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];
const LINKS = [
  ["fd", "/proc/self/fd"],
  ["stdin", "/proc/self/fd/0"],
  ["stdout", "/proc/self/fd/1"],
  ["stderr", "/proc/self/fd/2"],
  ["ptmx", "pts/ptmx"],
] as const;

/**
 * The inner half of the chroot sandbox: called in fresh namespaces, mounts what a process expects and becomes
 * that process. Returns only when that fails: the exit code to leave with.
 */
export function enterChroot(specFile: string, report: (message: string) => void): number {
  const spec = JSON.parse(readFileSync(specFile, "utf8")) as ChrootSpec;
  try {
    if (!spec.joins) mountSystem(spec);
    const program = findProgram(spec);
    if (program === undefined) return CHROOT_EXIT.notFound;
    enterCgroups(spec, report);
    return becomeProcess(spec, program);
  } catch (error) {
    report(error instanceof Error ? error.message : String(error));
    return CHROOT_EXIT.failed;
  }
}

/** As late as can be: what this program needed until now does not count. */
function enterCgroups({ cgroups, joins }: ChrootSpec, report: (message: string) => void): void {
  try {
    for (const file of cgroups?.join ?? []) writeFileSync(file, "0");
  } catch (error) {
    if (!joins) throw error;
    report(OUTSIDE_LIMITS);
  }
}

function becomeProcess(spec: ChrootSpec, program: string): number {
  const { uid, gid, additionalGids } = spec.user;
  const image: ProcessImage = {
    root: spec.rootfs,
    cwd: spec.cwd,
    uid,
    gid,
    groups: additionalGids,
    noNewPrivileges: spec.noNewPrivileges ?? false,
    capabilities: spec.capabilities ?? (spec.rights ? undefined : DEFAULT_CAPABILITIES),
    hostname: spec.hostname,
    program,
    args: spec.args,
    env: spec.env,
    stderr: spec.stderr ?? 2,
  };
  try {
    for (const stream of [0, 1, image.stderr]) if (fstatSync(stream).isFIFO()) fchownSync(stream, uid, gid);
    execProcess(image);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return CHROOT_EXIT.notFound;
    if (isSystemError(error, "EACCES", "ENOEXEC", "EISDIR")) return CHROOT_EXIT.notExecutable;
    throw error;
  }
}

function mountSystem({ rootfs, mounts, shmSize, rights, readonlyRoot }: ProcessSpec): void {
  mount({ source: "none", target: "/", type: "", flags: MS.rec | MS.private, data: "" });
  const [proc, sys, dev] = ["/proc", "/sys", "/dev"].map((path) => mountPoint(rootfs, path, true)) as [
    string,
    string,
    string,
  ];
  mount({ source: "proc", target: proc, type: "proc", flags: MS.nosuid | MS.noexec | MS.nodev, data: "" });
  mountSys(sys);
  mountDevices(dev, shmSize);
  if (!rights) protectSystem(rootfs);
  for (const one of mounts)
    if (one.type === "tmpfs") mountTmpfs(mountPoint(rootfs, one.target, true), one);
    else bind(one, mountPoint(rootfs, one.target, statSync(one.source).isDirectory()), rights);
  if (readonlyRoot) restrict(rootfs, MS.rdonly | (rights ? 0 : MS.nodev));
}

/** Whoever is root without a user namespace could change the machine there. A user namespace has to take the host's. */
function mountSys(target: string): void {
  const flags = MS.nosuid | MS.noexec | MS.nodev;
  try {
    mount({ source: "sysfs", target, type: "sysfs", flags: flags | MS.rdonly, data: "" });
  } catch (error) {
    if (!isSystemError(error, "EPERM")) throw error;
    mount({ source: "/sys", target, type: "", flags: MS.bind | MS.rec, data: "" });
    restrict(target, MS.rdonly);
  }
}

/** As OCI runtimes do: /proc/sys and its like can not be written, and some files can not be read. */
function protectSystem(rootfs: string): void {
  for (const path of READONLY_PATHS.map((one) => join(rootfs, one)).filter(existsSync)) {
    mount({ source: path, target: path, type: "", flags: MS.bind | MS.rec, data: "" });
    restrict(path, MS.rdonly);
  }
  for (const path of MASKED_PATHS.map((one) => join(rootfs, one)).filter(existsSync))
    if (statSync(path).isDirectory())
      mount({ source: "tmpfs", target: path, type: "tmpfs", flags: MS.rdonly, data: "size=0" });
    else mount({ source: "/dev/null", target: path, type: "", flags: MS.bind, data: "" });
}

/** Where to mount; made when it is missing. A link of the image leads to nothing of the host's. */
function mountPoint(rootfs: string, path: string, isDirectory: boolean): string {
  const found = insideRoot(rootfs, path);
  if (found === undefined) throw new Error(`too many symbolic links in ${path}`);
  if (isDirectory) mkdirSync(found, { recursive: true, mode: 0o755 });
  else if (!existsSync(found)) {
    mkdirSync(dirname(found), { recursive: true, mode: 0o755 });
    writeFileSync(found, "");
  }
  return found;
}

function mountDevices(dev: string, shmSize: number | undefined): void {
  mount({
    source: "tmpfs",
    target: dev,
    type: "tmpfs",
    flags: MS.nosuid | MS.nodev,
    data: "mode=755,size=65536k",
  });
  for (const name of DEVICES) {
    writeFileSync(join(dev, name), "");
    mount({ source: `/dev/${name}`, target: join(dev, name), type: "", flags: MS.bind, data: "" });
  }
  for (const [name, target] of LINKS) symlinkSync(target, join(dev, name));
  for (const name of ["pts", "shm"]) mkdirSync(join(dev, name), { mode: 0o755 });
  mount({
    source: "devpts",
    target: join(dev, "pts"),
    type: "devpts",
    flags: MS.nosuid | MS.noexec,
    data: "newinstance,ptmxmode=0666,mode=0620",
  });
  mount({
    source: "shm",
    target: join(dev, "shm"),
    type: "tmpfs",
    flags: MS.nosuid | MS.nodev,
    data: `mode=1777,size=${shmSize ?? "65536k"}`,
  });
}

function mountTmpfs(target: string, { size, mode = "1777", readonly, exec }: TmpfsMount): void {
  const data = size === undefined ? `mode=${mode}` : `mode=${mode},size=${size}`;
  const flags = MS.nosuid | MS.nodev | (readonly ? MS.rdonly : 0) | (exec === false ? MS.noexec : 0);
  mount({ source: "tmpfs", target, type: "tmpfs", flags, data });
}

/** Device nodes in it can not be opened, unless the process has every right. */
function bind({ source, readonly }: BoundMount, target: string, rights: ProcessSpec["rights"]): void {
  mount({ source, target, type: "", flags: MS.bind | MS.rec, data: "" });
  const closed = rights ? 0 : MS.nodev;
  if (readonly) restrict(target, MS.rdonly | closed);
  else if (closed) closeDevices(target);
}

type BoundMount = Exclude<ProcessSpec["mounts"][number], { readonly type: "tmpfs" }>;

/** Where the kernel refuses to restrict a mount, this is a user namespace, in which there are no devices to open. */
function closeDevices(target: string): void {
  try {
    restrict(target, MS.nodev);
  } catch (error) {
    if (!isSystemError(error, "EPERM")) throw error;
  }
}

/** In a user namespace the host's restrictions of a file system have to stay, so they are named when the kernel asks. */
function restrict(target: string, flags: number): void {
  const restrictions = [0, MS.nosuid | MS.nodev, MS.nosuid | MS.nodev | MS.noexec];
  for (const kept of restrictions)
    try {
      mount({ source: "none", target, type: "", flags: MS.bind | MS.remount | flags | kept, data: "" });
      return;
    } catch (error) {
      if (!isSystemError(error, "EPERM") || kept === restrictions.at(-1)) throw error;
    }
}
