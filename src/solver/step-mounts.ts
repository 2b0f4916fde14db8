import { execFile } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { assertNever, TareError } from "../base/index.ts";
import type { BindMount, CacheMount, ExecMount, SecretMount, SshMount } from "../graph/index.ts";
import { type Mount, mountStep } from "../sandbox/index.ts";
import { resolvePath } from "../tree/index.ts";
import { memoryFolder } from "./memory-folder.ts";
import type { StepTools } from "./run-step.ts";
import type { Snapshot } from "./snapshot.ts";
import { relaySocket } from "./socket-relay.ts";

/** What a step's mounts come to: where they are on the host, and what else the process gets to know. */
export interface OpenMounts extends AsyncDisposable {
  readonly mounts: readonly Mount[];
  /** `K=V`: secrets that are variables. */
  readonly env: readonly string[];
  /** Values that must not be shown. */
  readonly secrets: readonly string[];
}

interface MountRequest {
  readonly mounts: readonly ExecMount[];
  readonly inputs: readonly Snapshot[];
  /** A folder for this step's own files. */
  readonly scratch: string;
}

/** Prepares `RUN --mount`s; all of it is undone when disposed, whatever has happened. */
export async function openMounts(
  request: MountRequest,
  tools: StepTools,
  signal: AbortSignal,
): Promise<OpenMounts> {
  const stack: (Disposable | AsyncDisposable)[] = [];
  const parts: Opened[] = [];
  const caches = new Map<string, string>();
  const dispose = async () => {
    for (const one of stack.splice(0).reverse())
      if (Symbol.dispose in one) one[Symbol.dispose]();
      else await one[Symbol.asyncDispose]();
  };
  try {
    for (const [index, one] of turns(request.mounts)) {
      const scratch = join(request.scratch, `mount-${index}`);
      mkdirSync(scratch, { mode: 0o711 });
      const keep = (held: Disposable | AsyncDisposable) => void stack.push(held);
      parts[index] = await openOne(one, { ...request, scratch, caches, tools, keep }, signal);
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    mounts: parts.flatMap(({ mounts }) => mounts),
    env: parts.flatMap(({ env = [] }) => env),
    secrets: parts.flatMap(({ secrets = [] }) => secrets),
    [Symbol.asyncDispose]: dispose,
  };
}

/**
 * Mounts with their places; caches in the same order in every step, so that no two steps wait for each other, and of one
 * id a locked one first, which counts for all.
 */
function turns(mounts: readonly ExecMount[]): readonly (readonly [number, ExecMount])[] {
  const all = [...mounts.entries()];
  const idOf = (mount: ExecMount) => (mount.type === "cache" ? mount.id : "");
  const isLocked = (mount: ExecMount) => mount.type === "cache" && mount.sharing === "locked";
  return all
    .sort(([, a], [, b]) => Number(isLocked(b)) - Number(isLocked(a)))
    .sort(([, a], [, b]) => Buffer.compare(Buffer.from(idOf(a)), Buffer.from(idOf(b))));
}

interface Opening {
  readonly inputs: readonly Snapshot[];
  /** A folder for this mount's own files. */
  readonly scratch: string;
  /** The step's cache directories by their ids: a second mount of one is the same, and does not wait for the first. */
  readonly caches: Map<string, string>;
  readonly tools: StepTools;
  /** Takes what has to be undone. */
  readonly keep: (held: Disposable | AsyncDisposable) => void;
}

interface Opened {
  readonly mounts: readonly Mount[];
  readonly env?: readonly string[];
  readonly secrets?: readonly string[];
}

async function openOne(one: ExecMount, opening: Opening, signal: AbortSignal): Promise<Opened> {
  switch (one.type) {
    case "bind":
      return openBind(one, opening);
    case "cache":
      return openCache(one, opening, signal);
    case "tmpfs":
      return { mounts: [one] };
    case "secret":
      return openSecret(one, opening);
    case "ssh":
      return openSsh(one, opening);
    case "script":
      return {
        mounts: [{ source: scriptFile(opening.scratch, one.content), target: one.target, readonly: true }],
      };
    default:
      return assertNever(one);
  }
}

/** The input's layers under a layer of their own, which takes what is written and is thrown away. */
async function openBind({ input, source, target, readonly }: BindMount, opening: Opening): Promise<Opened> {
  return { mounts: [{ source: await sourceIn(opening.inputs[input], source, opening), target, readonly }] };
}

/** Where a path of a snapshot is mounted: links are followed in the tree, so none leads to the host's files. */
async function sourceIn(files: Snapshot | undefined, path: string, opening: Opening): Promise<string> {
  const real = files === undefined ? path : resolvePath(await files.tree(), path);
  const source = join(await mountFiles(files, opening), real);
  if (existsSync(source)) return source;
  throw notUsable(path, files, "check the spelling");
}

function notUsable(path: string, files: Snapshot | undefined, hint: string): TareError {
  const where = files?.title ?? "an empty image";
  return new TareError("resolve-path", `can not mount ${JSON.stringify(path)} of ${where}`, { hint });
}

async function mountFiles(files: Snapshot | undefined, { scratch, tools, keep }: Opening): Promise<string> {
  const layers = await Promise.all((files?.layers ?? []).map((layer) => layer.directory()));
  const { userNamespace, names } = tools;
  const step = mountStep({ layers, scratch, userNamespace, names });
  keep(step);
  return step.rootfs;
}

async function openCache(one: CacheMount, opening: Opening, signal: AbortSignal): Promise<Opened> {
  const { id, target, readonly } = one;
  const source = opening.caches.get(id) ?? (await openDirectory(one, opening, signal));
  opening.caches.set(id, source);
  return { mounts: [{ source, target, readonly }] };
}

async function openDirectory(one: CacheMount, opening: Opening, signal: AbortSignal): Promise<string> {
  const { id, sharing } = one;
  const fill = (path: string) => fillCache(one, path, opening);
  const directory = await opening.tools.cacheMount({ id, sharing, fill }, signal);
  opening.keep(directory);
  return directory.path;
}

/** A new cache has what `from` has, or is an empty directory of the given owner and mode. */
async function fillCache({ input, source, made }: CacheMount, path: string, opening: Opening): Promise<void> {
  const files = opening.inputs[input];
  if (!files) {
    chownSync(path, made.uid, made.gid);
    chmodSync(path, made.mode);
    return;
  }
  const from = await sourceIn(files, source, opening);
  if (!statSync(from).isDirectory())
    throw notUsable(source, files, "a cache begins as a directory, not a file");
  await promisify(execFile)("cp", ["-a", "--no-target-directory", from, path]);
}

/** A secret is written to memory only, and gone with the step. */
function openSecret(one: SecretMount, opening: Opening): Opened {
  const value = opening.tools.secrets[one.id];
  if (value === undefined) {
    if (!one.required) return { mounts: [], env: one.env === undefined ? [] : [`${one.env}=`] };
    throw new TareError("user-context", `secret ${one.id}: not found`, {
      hint: `give it to the build: --secret id=${one.id},src=FILE, or id=${one.id},env=VARIABLE`,
    });
  }
  const bytes = Buffer.from(value, "base64");
  const env = one.env === undefined ? [] : [`${one.env}=${bytes.toString("utf8")}`];
  const secrets = [bytes.toString("utf8")];
  if (one.target === undefined) return { mounts: [], env, secrets };
  const folder = memoryFolder(opening.scratch);
  opening.keep(folder);
  const file = join(folder.path, "secret");
  writeFileSync(file, bytes);
  chownSync(file, one.uid, one.gid);
  chmodSync(file, one.mode);
  return { mounts: [{ source: file, target: one.target, readonly: true }], env, secrets };
}

async function openSsh(one: SshMount, opening: Opening): Promise<Opened> {
  const agent = opening.tools.agents[one.id];
  if (agent === undefined) {
    if (!one.required) return { mounts: [] };
    throw new TareError("user-context", `no SSH agent ${JSON.stringify(one.id)} for this build`, {
      hint: `pass one on: --ssh ${one.id === "default" ? "default" : `${one.id}=$SSH_AUTH_SOCK`}`,
    });
  }
  const socket = join(opening.scratch, "agent");
  opening.keep(await relaySocket(agent, socket));
  chownSync(socket, one.uid, one.gid);
  chmodSync(socket, one.mode);
  return { mounts: [{ source: socket, target: one.target, readonly: false }] };
}

function scriptFile(folder: string, content: string): string {
  const file = join(folder, "script");
  writeFileSync(file, content);
  chmodSync(file, 0o755);
  return file;
}
