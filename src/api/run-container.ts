import { posix } from "node:path";
import { TareError } from "../base/index.ts";
import type { RuntimeConfig } from "../oci/index.ts";
import { hostnameFile, mountStep, networkFiles, placeMounts } from "../sandbox/index.ts";
import { openImage, resolveIdentity, withHome } from "../solver/index.ts";
import { openStore } from "../store/index.ts";
import type { RunJob } from "./run.ts";
import type { EngineTools, Workplace } from "./workplace.ts";

const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What a container needs besides its job. */
export interface ContainerTools {
  readonly workplace: Workplace;
  /** Listens for signals that shall reach the process. */
  readonly onSignal: (listener: (name: NodeJS.Signals) => void) => void;
}

/** Runs a job of `runImage` inside the engine: the image's layers, a throw-away layer on top, the process. */
export async function runContainer(
  job: RunJob,
  tools: ContainerTools,
  signal: AbortSignal,
): Promise<{ readonly exitCode: number }> {
  const { userNamespace, engine } = tools.workplace;
  const { sandbox, names } = engine as EngineTools;
  const store = await openStore(job.root, { userNamespace });
  const image = await openImage(store, job.image);
  const config = image.config.config ?? {};
  const network = job.network ?? "host";
  const hostname = job.hostname ?? image.id.slice("sha256:".length, "sha256:".length + 12);
  await using scratch = await store.scratch();
  const layers = await Promise.all(image.files.layers.map((layer) => layer.directory()));
  const files = [...networkFiles(scratch.path, { hostname, network }), hostnameFile(scratch.path, hostname)];
  using step = mountStep({ layers, scratch: scratch.path, userNamespace, names });
  const identity = await resolveIdentity(image.files, job.user ?? config.User ?? "");
  const spec = {
    args: commandOf(job, config),
    env: withHome(environmentOf(job, { config, hostname }), identity.home),
    cwd: posix.resolve("/", config.WorkingDir ?? "/", job.workdir ?? ""),
    user: identity,
    hostname,
    network,
    rootfs: step.rootfs,
    mounts: placeMounts(step.rootfs, [...files, ...(job.volumes ?? [])]),
    terminal: job.tty ?? false,
  };
  const runner = await sandbox(job.isolation ?? "auto");
  const stdin = job.interactive ? { stdin: "inherit" as const } : {};
  const { code } = await runner.run(
    spec,
    { ...stdin, stdout: "inherit", stderr: "inherit" },
    { scratch: scratch.path, signal, onStart: tools.onSignal },
  );
  return { exitCode: code };
}

function commandOf(job: RunJob, config: RuntimeConfig): readonly string[] {
  const replaced = job.entrypoint !== undefined;
  const entrypoint = replaced ? [job.entrypoint].filter((word) => word !== "") : (config.Entrypoint ?? []);
  const given = job.args ?? [];
  const cmd = given.length > 0 || replaced ? given : (config.Cmd ?? []);
  const args = [...entrypoint, ...cmd];
  if (args.length > 0) return args;
  throw new TareError("exec-not-found", `image ${job.image} has no command to run`, {
    hint: `name one: tare run ${job.image} COMMAND, or set CMD or ENTRYPOINT in the Dockerfile`,
  });
}

/** Later settings of a variable win; PATH, HOSTNAME, and TERM on a terminal, have defaults. */
function environmentOf(
  job: RunJob,
  { config, hostname }: { readonly config: RuntimeConfig; readonly hostname: string },
): readonly string[] {
  const defaults = [DEFAULT_PATH, `HOSTNAME=${hostname}`, ...(job.tty ? ["TERM=xterm"] : [])];
  const pairs = [...defaults, ...(config.Env ?? []), ...(job.env ?? [])];
  return [...new Map(pairs.map((pair) => [pair.split("=", 1)[0], pair])).values()];
}
