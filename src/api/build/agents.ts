import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { TareError } from "../../base/index.ts";
import { AGENT_PREFIX, removeLeftAgents } from "./left-agents.ts";

/** Agents for `RUN --mount=type=ssh`; those that were started here end when it is disposed. */
export interface Agents extends AsyncDisposable {
  /** Sockets by id. */
  readonly sockets: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The agents by id: a running one by its socket, or one of ssh-agent(1) that is started for the time of the build and
 * holds the keys of the named files. `user-context` for what is neither, or is a key that wants a passphrase;
 * `environment-missing` without the programs for that.
 */
export async function openAgents(
  wanted: Readonly<Record<string, readonly string[]>>,
  environment: Environment,
): Promise<Agents> {
  const started: KeyAgent[] = [];
  const close = () => Promise.all(started.map((agent) => agent.close()));
  try {
    const sockets: Record<string, string> = {};
    for (const [id, paths] of Object.entries(wanted)) {
      const socket = await runningAgent(id, paths, environment);
      if (socket === undefined) started.push(await startAgent(id, paths, environment));
      sockets[id] = socket ?? (started.at(-1) as KeyAgent).socket;
    }
    return { sockets, [Symbol.asyncDispose]: async () => void (await close()) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The socket that is meant; undefined when files are, which then have to be keys. */
async function runningAgent(
  id: string,
  paths: readonly string[],
  environment: Environment,
): Promise<string | undefined> {
  const given = paths.length === 0 ? environment.SSH_AUTH_SOCK : paths[0];
  if (!given)
    throw new TareError("user-context", "there is no SSH agent: SSH_AUTH_SOCK is not set", {
      hint: "start one (eval $(ssh-agent); ssh-add), or name a socket or a key: --ssh default=FILE",
    });
  const facts = await stat(given).catch(() => undefined);
  if (facts?.isSocket() && paths.length <= 1) return resolve(given);
  if (facts?.isFile() && paths.length > 0) return undefined;
  throw new TareError("user-context", `--ssh ${id}: ${given} is neither the socket of an agent nor a key`, {
    hint: "name one socket, or files of private keys: --ssh default=~/.ssh/id_ed25519",
  });
}

interface KeyAgent {
  readonly socket: string;
  close(): Promise<void>;
}

async function startAgent(id: string, keys: readonly string[], environment: Environment): Promise<KeyAgent> {
  await refuseWithoutPrograms(environment);
  const folder = await mkdtemp(join(tmpdir(), AGENT_PREFIX));
  await removeLeftAgents(tmpdir(), (await stat(folder)).uid);
  const socket = join(folder, "socket");
  // It ends with us, however we end. Where it is set-gid the kernel would forget that, if it gained a group.
  const command = ["--no-new-privs", "--pdeathsig", "KILL", "ssh-agent", "-D", "-a", socket];
  const child = spawn("setpriv", command, {
    stdio: "ignore",
    env: { ...environment },
  });
  const close = async () => {
    if (child.exitCode === null && child.pid !== undefined && child.kill()) await once(child, "exit");
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await listening(child, socket);
    for (const key of keys) await addKey(id, key, { ...environment, SSH_AUTH_SOCK: socket });
    return { socket, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The programs that are started here, by the package that has them. */
const PROGRAMS = {
  setpriv: "util-linux",
  setsid: "util-linux",
  "ssh-agent": "openssh-client",
  "ssh-add": "openssh-client",
} as const;

const NAME_SOCKET = "name the socket of an agent that runs: --ssh default=$SSH_AUTH_SOCK";

async function refuseWithoutPrograms({ PATH = "/usr/bin:/bin" }: Environment): Promise<void> {
  for (const [program, owner] of Object.entries(PROGRAMS)) {
    const places = PATH.split(":").map((folder) => access(join(folder, program), constants.X_OK));
    await Promise.any(places).catch((cause: unknown) => {
      throw new TareError("environment-missing", `${program} is not installed, which --ssh with keys needs`, {
        hint: `install ${owner}, or ${NAME_SOCKET}`,
        cause,
      });
    });
  }
}

/** Milliseconds. */
const LONGEST_START = 5_000;

async function listening(child: ChildProcess, socket: string): Promise<void> {
  let failed: Error | undefined;
  child.once("error", (error) => {
    failed = error;
  });
  for (const end = Date.now() + LONGEST_START; Date.now() < end; await sleep(10)) {
    if ((await stat(socket).catch(() => undefined))?.isSocket()) return;
    if (failed || child.exitCode !== null) break;
  }
  throw new TareError("environment-runtime", "ssh-agent ended before it listened", {
    hint: `start it by hand to see why (ssh-agent -D), or ${NAME_SOCKET}`,
    cause: failed,
  });
}

async function addKey(id: string, key: string, environment: Environment): Promise<void> {
  try {
    // In a session of its own it has no terminal to ask for a passphrase.
    await promisify(execFile)("setsid", ["--wait", "ssh-add", "-q", resolve(key)], {
      env: { ...environment, SSH_ASKPASS_REQUIRE: "never", DISPLAY: "", LC_ALL: "C" },
      timeout: LONGEST_START,
    });
  } catch (cause) {
    const { stderr = "" } = cause as { readonly stderr?: string };
    throw new TareError(
      "user-context",
      `--ssh ${id}: ${key} can not be used: ${stderr.trim() || "ssh-add failed"}`,
      {
        hint: "it has to be a private key that only you can read; one with a passphrase goes into an agent: ssh-add",
        cause,
      },
    );
  }
}
