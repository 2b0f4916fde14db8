import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { posix } from "node:path";
import { type ErrorFacts, isSystemError, TareError } from "../base/index.ts";
import { ELF_MAGIC, type ElfBytes, isDamagedElf, readStart } from "../elf/index.ts";
import { insideRoot } from "./inside-root.ts";
import type { ProcessSpec } from "./types.ts";

/**
 * Why a program can not have run, looked up after the fact: crun reports what execve(2) itself refuses only on the
 * process's standard error, with the exit code of many a program. Undefined for one that may have run.
 */
export function execFailure(spec: ProcessSpec): "not-found" | "not-executable" | undefined {
  const path = findProgram(spec);
  const file = path === undefined ? undefined : insideRoot(spec.rootfs, path);
  if (file === undefined || !isFile(file)) return undefined;
  if (!mayExecute(file, spec.user)) return "not-executable";
  let loader: string | undefined;
  try {
    loader = loaderOfFile(file);
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
  if (loader === undefined) return "not-executable";
  if (loader === "") return undefined;
  const found = insideRoot(spec.rootfs, posix.resolve(spec.cwd, loader));
  return found !== undefined && isFile(found) ? undefined : "not-found";
}

/**
 * `exec-not-found` for a program that can not be there, `exec-not-executable` for one that nobody can execute, before a
 * runtime says so on the process's standard error as well. Nothing is known of places that something is mounted over.
 */
export function requireProgram(spec: ProcessSpec): void {
  const covered = [...spec.mounts.map(({ target }) => target), "/proc", "/sys", "/dev"];
  /** A file of the image, if there is one; undefined where nothing is known. */
  const fileAt = (place: string) => {
    const file = insideRoot(spec.rootfs, place);
    const paths = file === undefined ? [] : [place, file.slice(spec.rootfs.length)];
    const isCovered = paths.some((path) => covered.some((target) => `${path}/`.startsWith(`${target}/`)));
    return isCovered ? undefined : file;
  };
  const files = placesOf(spec).map(fileAt);
  const isMeant = spec.args[0]?.includes("/") ? existsSync : isFile;
  const possible = files.filter((file) => file === undefined || isMeant(file));
  const isCandidate = (file: string) => isFile(file) && (statSync(file).mode & 0o111) !== 0;
  const chosen = possible.find((file) => file === undefined || isCandidate(file));
  if (chosen !== undefined) return requireStart(chosen, spec, fileAt);
  if (possible.includes(undefined)) return;
  const [denied] = possible as string[];
  if (denied !== undefined)
    throw notExecutable(spec, isFile(denied) ? "permission denied" : "is a directory");
  throw new TareError("exec-not-found", `${spec.args[0]} does not exist in the image`, {
    hint: isMeant === existsSync ? "check the path" : "check PATH, or write the whole path",
  });
}

/** What the kernel would not start. A binary file of no kind that we know may be for an interpreter that it knows. */
function requireStart(file: string, spec: ProcessSpec, fileAt: (place: string) => string | undefined): void {
  let loader: string | undefined;
  try {
    loader = loaderOfFile(file);
    if (loader === undefined && isText(file)) throw notExecutable(spec, "exec format error");
  } catch (error) {
    if (isSystemError(error)) return;
    throw error;
  }
  const needed = loader ? fileAt(posix.resolve(spec.cwd, loader)) : undefined;
  if (needed !== undefined && !existsSync(needed))
    throw new TareError(
      "exec-not-found",
      `${spec.args[0]} needs ${loader}, which does not exist in the image`,
      {
        hint: "a script needs the interpreter that its first line names, a program its dynamic loader",
      },
    );
}

function isText(file: string): boolean {
  const start = reading(file, ({ read }) => read(0, HEAD));
  return start.every((byte) => (byte < 0x20 ? byte >= 0x09 && byte <= 0x0d : byte < 0x7f));
}

/** The program is there, and can not be run. */
export function notExecutable(
  { args }: ProcessSpec,
  why: string,
  facts: Pick<ErrorFacts, "exitCode"> = {},
): TareError {
  return new TareError("exec-not-executable", `${args[0] ?? ""} can not be executed: ${why}`, {
    hint: "check its mode, its #! line and the architecture that it was built for",
    ...facts,
  });
}

/** As a shell looks for a command, with links resolved inside the new root. */
export function findProgram(spec: ProcessSpec): string | undefined {
  const places = placesOf(spec);
  if (spec.args[0]?.includes("/")) return places[0];
  return places.find((place) => isFile(insideRoot(spec.rootfs, place) ?? ""));
}

/** Where its program may be. */
function placesOf({ args, env, cwd }: ProcessSpec): readonly string[] {
  const command = args[0] ?? "";
  if (command.includes("/")) return [posix.resolve(cwd, command)];
  const path = env.find((pair) => pair.startsWith("PATH="))?.slice("PATH=".length) ?? "/usr/bin:/bin";
  return path.split(":").map((folder) => posix.resolve(cwd, folder, command));
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function mayExecute(file: string, { uid, gid, additionalGids }: ProcessSpec["user"]): boolean {
  const facts = statSync(file);
  if (uid === 0) return (facts.mode & 0o111) !== 0;
  if (uid === facts.uid) return (facts.mode & 0o100) !== 0;
  const isMember = gid === facts.gid || additionalGids.includes(facts.gid);
  return (facts.mode & (isMember ? 0o010 : 0o001)) !== 0;
}

/** What has to be there for the kernel to start a file: "" for nothing; undefined for what is no program. */
export function loaderOfFile(file: string): string | undefined {
  return reading(file, (bytes) => {
    const head = bytes.read(0, HEAD);
    if (head.toString("latin1", 0, 2) === "#!")
      return /^#![ \t]*([^ \t\n]*)/.exec(head.toString("utf8"))?.[1] || undefined;
    return head.toString("latin1", 0, 4) === ELF_MAGIC ? elfLoader(bytes) : undefined;
  });
}

/** Of what the kernel looks at. */
const HEAD = 256;

/** A file's bytes, from a place on; fewer at its end. */
interface FileBytes extends ElfBytes {
  readonly read: (at: number, length: number) => Buffer;
}

function reading<T>(file: string, use: (bytes: FileBytes) => T): T {
  const descriptor = openSync(file, "r");
  const read = (at: number, length: number) => {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, length, at));
  };
  try {
    return use({ size: fstatSync(descriptor).size, read });
  } finally {
    closeSync(descriptor);
  }
}

/** What contradicts itself is left to the kernel to judge. */
function elfLoader(file: ElfBytes): string {
  try {
    return readStart(file)?.interpreter ?? "";
  } catch (error) {
    if (isDamagedElf(error)) return "";
    throw error;
  }
}
