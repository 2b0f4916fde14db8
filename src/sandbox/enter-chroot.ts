import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, posix } from "node:path";
import { execProcess, isSystemError, MS, mount, type ProcessImage } from "../base/index.ts";
import { CHROOT_EXIT } from "./chroot.ts";
import { DEFAULT_CAPABILITIES } from "./runtime-spec.ts";
import type { ProcessSpec } from "./types.ts";

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
  const spec = JSON.parse(readFileSync(specFile, "utf8")) as ProcessSpec;
  try {
    mountSystem(spec);
    const program = findProgram(spec);
    if (program === undefined) return CHROOT_EXIT.notFound;
    return becomeProcess(spec, program);
  } catch (error) {
    report(error instanceof Error ? error.message : String(error));
    return CHROOT_EXIT.failed;
  }
}

function becomeProcess(spec: ProcessSpec, program: string): number {
  const { uid, gid, additionalGids } = spec.user;
  const image: ProcessImage = {
    root: spec.rootfs,
    cwd: spec.cwd,
    uid,
    gid,
    groups: additionalGids,
    capabilities: spec.privileged ? undefined : DEFAULT_CAPABILITIES,
    hostname: spec.hostname,
    program,
    args: spec.args,
    env: spec.env,
  };
  try {
    execProcess(image);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return CHROOT_EXIT.notFound;
    if (isSystemError(error, "EACCES", "ENOEXEC", "EISDIR")) return CHROOT_EXIT.notExecutable;
    throw error;
  }
}

/** As a shell looks for a command, with links resolved inside the new root. */
function findProgram({ args, env, rootfs, cwd }: ProcessSpec): string | undefined {
  const command = args[0] ?? "";
  if (command.includes("/")) return posix.resolve(cwd, command);
  const path = env.find((pair) => pair.startsWith("PATH="))?.slice("PATH=".length) ?? "/usr/bin:/bin";
  return path
    .split(":")
    .map((folder) => posix.resolve(cwd, folder, command))
    .find((candidate) => existsInside(rootfs, candidate));
}

/** Links with absolute targets would lead out of the root, so each is followed by hand. */
function existsInside(root: string, path: string, depth = 0): boolean {
  if (depth > 40) return false;
  let at = "";
  for (const part of path.split("/").filter(Boolean)) {
    at = `${at}/${part}`;
    try {
      const facts = lstatSync(join(root, at), { throwIfNoEntry: false });
      if (!facts) return false;
      if (facts.isSymbolicLink()) {
        const target = posix.resolve(posix.dirname(at), readlinkSync(join(root, at)));
        return existsInside(root, posix.join(target, path.slice(at.length)), depth + 1);
      }
    } catch {
      return false;
    }
  }
  return statSync(join(root, at)).isFile();
}

function mountSystem({ rootfs, mounts }: ProcessSpec): void {
  const inside = (path: string) => join(rootfs, path);
  mount({ source: "none", target: "/", type: "", flags: MS.rec | MS.private, data: "" });
  for (const folder of ["proc", "sys", "dev"]) mkdirSync(inside(folder), { recursive: true, mode: 0o755 });
  mount({
    source: "proc",
    target: inside("proc"),
    type: "proc",
    flags: MS.nosuid | MS.noexec | MS.nodev,
    data: "",
  });
  mount({ source: "/sys", target: inside("sys"), type: "", flags: MS.bind | MS.rec, data: "" });
  mountDevices(inside("dev"));
  for (const { source, target, readonly } of mounts) bind(source, inside(target), readonly);
}

function mountDevices(dev: string): void {
  mount({ source: "tmpfs", target: dev, type: "tmpfs", flags: MS.nosuid, data: "mode=755,size=65536k" });
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
    data: "mode=1777,size=65536k",
  });
}

function bind(source: string, target: string, readonly: boolean): void {
  if (!existsSync(target)) {
    mkdirSync(dirname(target), { recursive: true });
    if (statSync(source).isDirectory()) mkdirSync(target);
    else writeFileSync(target, "");
  }
  mount({ source, target, type: "", flags: MS.bind | MS.rec, data: "" });
  if (readonly)
    mount({ source: "none", target, type: "", flags: MS.bind | MS.remount | MS.rdonly, data: "" });
}
