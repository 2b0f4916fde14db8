import { execFile } from "node:child_process";
import { lstatSync, readdirSync, type Stats } from "node:fs";
import { rm } from "node:fs/promises";
import { setImmediate as turn } from "node:timers/promises";
import { decodeName, fsPath, isSystemError, TareError } from "../base/index.ts";

/**
 * Removes a folder with all that is in it, or a file; nothing when it is not there. Also what Node can not
 * remove: names that are no text, paths longer than the kernel takes, folders that their owner may not write to.
 * `environment-disk` when something stays.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    await run("chmod", ["-R", "u+rwX", "--", path]).catch(() => {});
    await run("rm", ["-rf", "--one-file-system", "--", path]).catch((error: unknown) => {
      throw new TareError("environment-disk", `can not remove ${path}`, {
        hint: "check who owns what is in it; files of other users can only be removed by root",
        cause: error,
      });
    });
  }
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, (error) => (error ? reject(error) : resolve()));
  });
}

/** Bytes on the disk of a file or a folder; a file with several names counts in parts. What can not be read counts nothing. */
export async function diskUsage(path: string, bytesOf: (facts: Stats) => number = ownBytes): Promise<number> {
  let bytes = 0;
  let seen = 0;
  for (const pending = [path]; pending.length > 0; ) {
    const next = pending.pop() as string;
    const facts = looking(() => lstatSync(fsPath(next)));
    if (!facts) continue;
    bytes += bytesOf(facts);
    if (facts.isDirectory()) for (const name of namesIn(next)) pending.push(`${next}/${name}`);
    if (++seen % 1024 === 0) await turn();
  }
  return Math.round(bytes);
}

function ownBytes(facts: Stats): number {
  const bytes = facts.blocks * 512;
  return facts.isDirectory() ? bytes : bytes / Math.max(1, facts.nlink);
}

function namesIn(path: string): readonly string[] {
  return looking(() => readdirSync(fsPath(path), "buffer").map(decodeName)) ?? [];
}

function looking<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM", "ENAMETOOLONG")) return undefined;
    throw error;
  }
}
