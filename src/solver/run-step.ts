import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { collectBytes, digestOf, fsPath, lazyAsync, TareError, uniqueName } from "../base/index.ts";
import {
  captureLayer,
  type HostCertificates,
  type Mount,
  mountStep,
  networkFiles,
  openPrivateNetwork,
  type ProcessSpec,
  placeMounts,
  type Sandbox,
  type ShortNames,
  type StepTrust,
  stepCa,
} from "../sandbox/index.ts";
import type { Store } from "../store/index.ts";
import { type Entry, lookup, type Tree, type TreeNode } from "../tree/index.ts";
import type { StepRequest, StepResult } from "./exec-operation.ts";
import type { FileTree } from "./files.ts";
import { lastLines } from "./last-lines.ts";
import { memoryFolder } from "./memory-folder.ts";
import { explainMissingShell } from "./missing-shell.ts";
import { processEnv } from "./process-env.ts";
import type { Snapshot } from "./snapshot.ts";
import { openMounts } from "./step-mounts.ts";
import { textSink } from "./text-sink.ts";

/** What running steps needs from outside; all of it lives in the engine. */
export interface StepTools {
  readonly sandbox: () => Promise<Sandbox>;
  readonly names: ShortNames;
  /** For files that steps share; gone with the engine. */
  readonly folder: string;
  readonly userNamespace: boolean;
  /** PATH, for the programs that connect networks. */
  readonly path: string;
  /** The host's certificates that steps shall trust; none with `--host-ca=off`. */
  readonly certificates: () => Promise<HostCertificates>;
  readonly log: (stream: "stdout" | "stderr", data: string) => void;
  readonly cacheMount: Store["cacheMount"];
  /** Values by id, in base64, because they may be any bytes. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Sockets of SSH agents by id. */
  readonly agents: Readonly<Record<string, string>>;
}

const HOSTNAME = "buildkitsandbox";
const SYSTEM_MOUNTS = ["/proc", "/sys", "/dev"];
const BUNDLE = "etc/ssl/certs/ca-certificates.crt";
const JAVA_STORE = "etc/ssl/certs/java/cacerts";

/**
 * Runs one process on the layers of a snapshot and captures what it changed. The host's certificates, network files
 * and the step's own mounts are there for its time only. `exec-failed` with the last lines when it does not exit with 0.
 */
export async function runStep(
  request: StepRequest,
  tools: StepTools,
  signal: AbortSignal,
): Promise<StepResult> {
  const { op, base, inputs, scratch } = request;
  const layers = await Promise.all(base.layers.map((layer) => layer.directory()));
  const sandbox = await tools.sandbox();
  const ca = await certificatesFor(request, tools);
  await using connected =
    op.network === "private"
      ? await openPrivateNetwork({ folder: scratch, path: tools.path }, signal)
      : undefined;
  const network = connected ?? (op.network === "none" ? ("none" as const) : ("host" as const));
  const { hostname = HOSTNAME } = op;
  const files = networkFiles(scratch, { hostname, network, hosts: op.hosts });
  await using own = await openMounts({ mounts: op.mounts, inputs, scratch }, tools, signal);
  const wanted = [...files, ...ca.mounts, ...own.mounts];
  // The runtime's own files hold the environment: with secrets in it they are kept in memory.
  using memory = own.env.length > 0 ? memoryFolder(join(scratch, uniqueName())) : undefined;
  const root = lookup(await base.tree(), "")?.node.entry;
  const { userNamespace, names } = tools;
  const step = mountStep({ layers, scratch, userNamespace, names, ...(root && { root }) });
  const mounts = placeMounts(step.rootfs, wanted);
  try {
    const env = processEnv([...request.env, ...ca.env, ...own.env], request.identity.home);
    const prepared = {
      sandbox,
      tools,
      rootfs: step.rootfs,
      mounts,
      env,
      network,
      secrets: own.secrets,
      place: memory?.path ?? scratch,
    };
    await runLogged(request, prepared, signal);
  } finally {
    step[Symbol.dispose]();
  }
  return {
    upper: step.upper,
    index: await capture(base, step.upper, [...SYSTEM_MOUNTS, ...mounts.map(({ target }) => target)]),
  };
}

interface Prepared {
  readonly sandbox: Sandbox;
  readonly tools: StepTools;
  readonly rootfs: string;
  readonly mounts: readonly Mount[];
  readonly env: readonly string[];
  readonly network: ProcessSpec["network"];
  readonly secrets: readonly string[];
  /** For the sandbox's own files. */
  readonly place: string;
}

async function runLogged(request: StepRequest, prepared: Prepared, signal: AbortSignal): Promise<void> {
  const { op, identity } = request;
  const { sandbox, tools, rootfs, mounts, env, network, secrets, place } = prepared;
  const tail = lastLines(10);
  const sink = (stream: "stdout" | "stderr") =>
    textSink((text) => {
      tail.add(text);
      tools.log(stream, text);
    }, secrets);
  const spec: ProcessSpec = {
    args: op.args,
    env,
    cwd: op.cwd,
    user: identity,
    hostname: op.hostname ?? HOSTNAME,
    network,
    rootfs,
    mounts,
    terminal: false,
    ulimits: op.ulimits,
    ...(op.shmSize !== undefined && { shmSize: op.shmSize }),
    ...(op.security === "insecure" && { rights: "all" }),
  };
  const streams = { stdout: sink("stdout"), stderr: sink("stderr") };
  const { code } = await sandbox.run(spec, streams, { scratch: place, signal }).catch(async (error) => {
    throw await explainMissingShell(error, op.args, request.base.tree);
  });
  for (const stream of Object.values(streams)) await endOf(stream);
  if (code === 0) return;
  throw new TareError(
    "exec-failed",
    `process ${JSON.stringify(op.args.join(" "))} did not complete successfully: exit code: ${code}`,
    {
      exitCode: code,
      log: tail.lines(),
      ...(code === 137 && { hint: "it was killed, perhaps because memory ran out" }),
    },
  );
}

function endOf(stream: Writable): Promise<void> {
  return new Promise((resolve) => stream.end(() => resolve()));
}

async function certificatesFor(request: StepRequest, tools: StepTools): ReturnType<typeof stepCa> {
  const host = await tools.certificates();
  if (host.extra.length === 0) return { mounts: [], env: [] };
  const tree = await request.base.tree();
  const bundle = await bundleIn(request.base, tree);
  return stepCa(host, {
    ...(bundle && { imageBundle: bundle }),
    hasJava:
      lookup(tree, JAVA_STORE) !== undefined || request.env.some((pair) => pair.startsWith("JAVA_HOME=")),
    env: request.env,
    folder: tools.folder,
  });
}

async function bundleIn(files: FileTree, tree: Tree): Promise<StepTrust["imageBundle"]> {
  const node = lookup(tree, BUNDLE)?.node;
  if (node?.entry.kind !== "file") return undefined;
  const [digest] = await files.digests([node]);
  return digest && { digest, read: () => textOf(files, node) };
}

async function textOf(files: FileTree, node: TreeNode): Promise<string> {
  return (await collectBytes(files.read(node))).toString("latin1");
}

/** The tree below is only merged when there is something to compare with. */
async function capture(
  base: Snapshot,
  upper: string,
  mountTargets: readonly string[],
): ReturnType<typeof captureLayer> {
  const tree = lazyAsync(base.tree);
  const below = async (path: string): Promise<Entry | undefined> =>
    lookup(await tree(), path, { followLast: false })?.node.entry;
  const sameContent = async (path: string) => {
    const node = lookup(await tree(), path, { followLast: false })?.node;
    if (!node) return false;
    const [digest] = await base.digests([node]);
    return digest === (await digestOf(createReadStream(fsPath(`${upper}/${path}`))));
  };
  return captureLayer({ upper, below, sameContent, mountTargets });
}
