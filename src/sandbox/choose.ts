import { access, constants, mkdir, stat, writeFile } from "node:fs/promises";
import { release } from "node:os";
import { delimiter, join } from "node:path";
import { PassThrough } from "node:stream";
import { readIfExists, TareError } from "../base/index.ts";
import { chrootSandbox } from "./chroot.ts";
import { ociRuntime, type RuntimeProgram } from "./oci-runtime.ts";
import type { Sandbox } from "./types.ts";

export interface SandboxChoice {
  readonly isolation: "auto" | "oci" | "chroot";
  /** Where the result of the probe is remembered. */
  readonly memory: string;
  /** An empty folder for the probe's own files. */
  readonly scratch: () => Promise<string>;
  /** The PATH to look for runtimes in. */
  readonly path: string;
  readonly userNamespace: boolean;
  /** Starts the inner half of the chroot sandbox. */
  readonly program: readonly string[];
}

/**
 * crun needs a quarter of runc's time for a step (5 ms against 20 ms, measured). But it drops `nodev` from the root, so
 * where devices are real, which in a user namespace they are not, runc comes first.
 */
function programs({ userNamespace }: SandboxChoice): readonly RuntimeProgram["name"][] {
  return userNamespace ? ["crun", "runc"] : ["runc", "crun"];
}

/**
 * The way to run processes here: the first runtime that does run one, which being installed does not
 * promise; else the embedded chroot. `environment-runtime` when `oci` is demanded and none works.
 */
export async function chooseSandbox(choice: SandboxChoice): Promise<Sandbox> {
  if (choice.isolation === "chroot") return chrootSandbox(choice);
  const reasons: string[] = [];
  for (const name of programs(choice)) {
    const path = await findProgram(name, choice.path);
    if (path === undefined) {
      reasons.push(`${name} is not installed`);
      continue;
    }
    const sandbox = ociRuntime({ name, path }, choice);
    const failure = await probe(sandbox, { name, path }, choice);
    if (failure === undefined) return sandbox;
    reasons.push(failure);
  }
  if (choice.isolation === "auto") return chrootSandbox(choice);
  throw new TareError("environment-runtime", `no OCI runtime works here: ${reasons.join("; ")}`, {
    hint: "install crun or runc, or use --isolation=chroot",
  });
}

async function findProgram(name: string, path: string): Promise<string | undefined> {
  for (const folder of [...path.split(delimiter), "/usr/sbin", "/sbin"].filter(Boolean)) {
    const candidate = join(folder, name);
    if (
      await access(candidate, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return candidate;
  }
  return undefined;
}

/** Why the runtime does not work; remembered as long as the program and the kernel are the same. */
async function probe(
  sandbox: Sandbox,
  program: RuntimeProgram,
  choice: SandboxChoice,
): Promise<string | undefined> {
  const facts = await stat(program.path);
  const key = [program.path, facts.mtimeMs, facts.size, release(), choice.userNamespace].join(" ");
  const file = join(choice.memory, `runtime-${program.name}${choice.userNamespace ? "-user" : ""}.json`);
  const known = await remembered(file, key);
  if (known) return known.failure;
  const failure = await tryOut(sandbox, choice);
  await writeFile(file, JSON.stringify({ key, ...(failure !== undefined && { failure }) }));
  return failure;
}

async function remembered(file: string, key: string): Promise<{ readonly failure?: string } | undefined> {
  try {
    const record = JSON.parse((await readIfExists(file))?.toString("utf8") ?? "{}") as {
      key?: string;
      failure?: string;
    };
    return record.key === key ? record : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Runs a command that is not there in an empty root: a runtime that gets so far as to look for it has made
 * all namespaces and mounts.
 */
async function tryOut(sandbox: Sandbox, choice: SandboxChoice): Promise<string | undefined> {
  const scratch = await choice.scratch();
  const rootfs = join(scratch, "rootfs");
  await mkdir(rootfs);
  const user = { uid: 0, gid: 0, additionalGids: [] };
  const spec = {
    args: ["/tare-probe"],
    env: [],
    cwd: "/",
    user,
    hostname: "probe",
    network: "host",
    rootfs,
    mounts: [],
    terminal: false,
  } as const;
  try {
    await sandbox.run(
      spec,
      { stdout: new PassThrough().resume(), stderr: new PassThrough().resume() },
      { scratch, signal: new AbortController().signal },
    );
    return `${sandbox.name} ran a command that does not exist`;
  } catch (error) {
    if (error instanceof TareError && error.code === "exec-not-found") return undefined;
    return error instanceof Error ? error.message : String(error);
  }
}
