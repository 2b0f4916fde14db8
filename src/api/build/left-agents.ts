import { lstat, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";

/** How the folder of an agent's socket begins. */
export const AGENT_PREFIX = "tare-agent-";

/** Milliseconds after which a folder without a socket is not one where an agent is just being started. */
const STARTED = 60_000;

/**
 * Removes the folders of agents whose builds were killed: those of a user in which nobody listens any more, which
 * holds for builds in other containers with the same folder, too. What can not be removed stays.
 */
export async function removeLeftAgents(folder: string, uid: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(AGENT_PREFIX))) {
    const path = join(folder, name);
    if (await isLeft(path, uid)) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

async function isLeft(path: string, uid: number): Promise<boolean> {
  const facts = await lstat(path).catch(() => undefined);
  if (!facts?.isDirectory() || facts.uid !== uid) return false;
  const answer = await callUp(join(path, "socket"));
  return answer === "refused" || (answer === "none" && Date.now() - facts.mtimeMs > STARTED);
}

function callUp(path: string): Promise<"answered" | "refused" | "none" | "unknown"> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve("answered");
    });
    socket.once("error", ({ code }: NodeJS.ErrnoException) => {
      if (code === "ECONNREFUSED") resolve("refused");
      else resolve(code === "ENOENT" ? "none" : "unknown");
    });
  });
}
