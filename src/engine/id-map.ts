import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { TareError } from "../base/index.ts";

/** A range of ids that a user may map: where it begins outside, and how many there are. */
export interface IdRange {
  readonly start: number;
  readonly count: number;
}

const run = promisify(execFile);

/**
 * Maps root of the new user namespace to the user, and 1.. to the user's ranges in /etc/subuid and
 * /etc/subgid (subuid(5)), by newuidmap(1). Without a range or that program only root is mapped, which a
 * notice says, because package managers want more users than one.
 */
export async function mapIdentities(
  pid: number,
  user: { readonly uid: number; readonly gid: number; readonly username: string },
  emit: (event: unknown) => void,
): Promise<void> {
  const [uids, gids] = await Promise.all([rangesOf("/etc/subuid", user), rangesOf("/etc/subgid", user)]);
  try {
    if (uids.length === 0 || gids.length === 0)
      throw new Error(`no range for ${user.username} in /etc/subuid and /etc/subgid`);
    await run("newuidmap", mapArguments(pid, user.uid, uids));
    await run("newgidmap", mapArguments(pid, user.gid, gids));
  } catch (error) {
    emit({
      type: "notice",
      code: "single-user",
      message: `steps have no user but root, so package managers may fail: ${reason(error)}; install uidmap, and add a range with usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user.username}`,
    });
    await mapOnlyRoot(pid, user);
  }
}

/** `newuidmap PID 0 OUTSIDE 1 1 START COUNT …`. */
function mapArguments(pid: number, own: number, ranges: readonly IdRange[]): string[] {
  let inside = 1;
  const mapped = ranges.flatMap(({ start, count }) => {
    const triple = [inside, start, count];
    inside += count;
    return triple;
  });
  return [pid, 0, own, 1, ...mapped].map(String);
}

/** The ranges of a user, who stands there by name or by number. */
async function rangesOf(
  file: string,
  user: { readonly uid: number; readonly username: string },
): Promise<readonly IdRange[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([name, , count]) => (name === user.username || name === String(user.uid)) && count !== undefined)
    .map(([, start, count]) => ({ start: Number(start), count: Number(count) }));
}

async function mapOnlyRoot(pid: number, user: { readonly uid: number; readonly gid: number }): Promise<void> {
  try {
    await writeFile(`/proc/${pid}/uid_map`, `0 ${user.uid} 1\n`);
    await writeFile(`/proc/${pid}/setgroups`, "deny");
    await writeFile(`/proc/${pid}/gid_map`, `0 ${user.gid} 1\n`);
  } catch (error) {
    throw new TareError("environment-namespaces", "can not map users into a user namespace", {
      hint: "install uidmap (newuidmap, newgidmap), or run as root",
      cause: error,
    });
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && error.code === "ENOENT"
    ? "newuidmap is not installed"
    : (error.message.split("\n").at(-1) ?? error.message);
}
