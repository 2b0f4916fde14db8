import { mkdir, stat, writeFile } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { readIfExists, TareError } from "../base/index.ts";
import { ociRuntime, type RuntimeProgram } from "./oci-runtime.ts";

export interface ProbeOptions {
  /** Where the result is remembered. */
  readonly memory: string;
  /** A new, empty folder for the probe's own files. */
  readonly scratch: () => Promise<string>;
  readonly userNamespace: boolean;
}

/** Why a runtime does not work, or nothing; remembered as long as the program and the kernel are the same. */
export async function probe(program: RuntimeProgram, options: ProbeOptions): Promise<string | undefined> {
  const { memory, userNamespace } = options;
  const facts = await stat(program.path);
  const key = [program.path, facts.mtimeMs, facts.size, release(), userNamespace, program.mount].join(" ");
  const file = join(memory, `runtime-${program.name}${userNamespace ? "-user" : ""}.json`);
  const known = await remembered(file, key);
  if (known) return known.failure;
  const failure = (await obeys(program, options)) ?? (await tryOut(program, options));
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

/** A runtime that is to close the root's devices must not start a process when that fails. */
async function obeys(program: RuntimeProgram, options: ProbeOptions): Promise<string | undefined> {
  if (program.mount === undefined) return undefined;
  const failure = await tryOut({ ...program, mount: "/tare-probe" }, options);
  return failure === undefined ? `${program.name} starts processes before its hooks` : undefined;
}

/**
 * Runs a command that is not there in an empty root: a runtime that gets so far as to look for it has made
 * all namespaces and mounts.
 */
async function tryOut(program: RuntimeProgram, options: ProbeOptions): Promise<string | undefined> {
  const scratch = await options.scratch();
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
    await ociRuntime(program, options).run(
      spec,
      { stdout: new PassThrough().resume(), stderr: new PassThrough().resume() },
      { scratch, signal: new AbortController().signal },
    );
    return `${program.name} ran a command that does not exist`;
  } catch (error) {
    if (error instanceof TareError && error.code === "exec-not-found") return undefined;
    return error instanceof Error ? error.message : String(error);
  }
}
