import { posix } from "node:path";
import { defined } from "../../base/index.ts";
import {
  type ContainerLife,
  type ContainerLog,
  openLog,
  runUntilItStays,
  serveControl,
  signalHandlers,
  watchHealth,
  withInit,
} from "../../container/index.ts";
import {
  type CgroupPlan,
  changedCapabilities,
  type Hierarchy,
  hostnameFile,
  type Mount,
  mountStep,
  networkFiles,
  openCgroups,
  openForwards,
  openPrivateNetwork,
  type PrivateNetwork,
  type ProcessIo,
  type ProcessSpec,
  placeMounts,
  requireProgram,
} from "../../sandbox/index.ts";
import { type OpenedImage, processEnv, resolveGroups, resolveIdentity } from "../../solver/index.ts";
import type { OwnContainer, Store } from "../../store/index.ts";
import type { EngineTools, Workplace } from "../workplace.ts";
import { joinHandlers } from "./container-joins.ts";
import type { ContainerPlan } from "./container-plan.ts";
import { openVolumes } from "./container-volumes.ts";
import type { RunEvent } from "./run.ts";
import type { RunJob } from "./run-request.ts";

/** What a container needs besides its job. */
export interface ContainerTools {
  readonly workplace: Workplace;
  /** Listens for signals that shall reach the process. */
  readonly onSignal: (listener: (name: NodeJS.Signals) => void) => void;
  /** Listens for changes of the caller's terminal. */
  readonly onResize: (listener: () => void) => void;
  readonly emit: (event: RunEvent) => void;
  /** The process that made these namespaces, as its caller numbers it. */
  readonly launcher: number;
  /** Lets the caller go. */
  readonly release: () => void;
  /** Makes a folder the working directory. */
  readonly enter: (folder: string) => void;
  /** PATH. */
  readonly path: string;
  /** This machine's, where limits are wanted. */
  readonly cgroups: readonly Hierarchy[];
}

export interface ContainerParts {
  readonly plan: ContainerPlan;
  readonly own: OwnContainer;
  readonly image: OpenedImage;
  readonly life: ContainerLife;
  readonly tools: ContainerTools;
  readonly store: Store;
  /** For limits. */
  readonly cgroups?: CgroupPlan;
}

const NEVER = { name: "no", maximum: 0 } as const;
const ENDING: ReadonlySet<NodeJS.Signals> = new Set(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]);

/** Runs the process of a container to its end: the exit code. */
export async function runProcess(
  job: RunJob,
  { plan, own, image, life, tools, store, cgroups: limited }: ContainerParts,
  aborted: AbortSignal,
): Promise<number> {
  const early = new AbortController();
  const signal = AbortSignal.any([aborted, early.signal]);
  // Until there is a process, who wants it to end wants it not to begin.
  let send = (name: NodeJS.Signals) => {
    if (ENDING.has(name)) early.abort();
  };
  tools.onSignal((name) => send(name));
  const { userNamespace, engine, now } = tools.workplace;
  const { sandbox, names } = engine as EngineTools;
  await using files = await own.files();
  const scratch = files.path;
  await using cgroups = limited && openCgroups(limited, scratch);
  await using network =
    plan.network === "private"
      ? await openPrivateNetwork({ ports: plan.ports, folder: scratch, path: tools.path }, signal)
      : undefined;
  await using _forwards = await openForwards(plan.forwarded);
  const layers = await Promise.all(image.files.layers.map((layer) => layer.directory()));
  using step = mountStep({ layers, scratch, userNamespace, names });
  // The folder of names is not needed any more, and may be removed while the container runs.
  tools.enter(own.folder);
  await openVolumes({ record: plan.record, job }, { store, rootfs: step.rootfs });
  const identify = (user: string) => resolveIdentity(image.files, user);
  const identity = await identify(plan.user);
  const additionalGids = [
    ...identity.additionalGids,
    ...(await resolveGroups(image.files, job.groups ?? [])),
  ];
  const init = withInit(plan.record.command, { wanted: job.init ?? false, path: tools.path });
  const mounts = [
    ...tmpfsOf(job),
    ...etcFiles(scratch, { plan, job, network }),
    ...init.mounts,
    ...(plan.record.process?.binds ?? []),
  ];
  const spec: ProcessSpec = {
    args: init.args,
    env: processEnv(plan.env, identity.home),
    cwd: plan.cwd,
    user: { ...identity, additionalGids },
    hostname: plan.hostname,
    network: network ?? openOr(plan.network),
    rootfs: step.rootfs,
    mounts: placeMounts(step.rootfs, outermostFirst(mounts)),
    terminal: job.tty ?? false,
    readonlyRoot: job.readonlyRoot ?? false,
    noNewPrivileges: job.noNewPrivileges ?? false,
    capabilities: changedCapabilities(job.capAdd ?? [], job.capDrop ?? []),
    ...defined({ ulimits: job.ulimits, shmSize: job.shmSize, cgroups }),
  };
  requireProgram(spec);
  const runner = await sandbox(job.isolation ?? "auto");
  using log = job.detach ? openLog(own.folder, { now }) : undefined;
  const stopped = new AbortController();
  const stay = () => stopped.abort();
  await using _control = await serveControl(own.folder, {
    ...signalHandlers(life, { send: (name) => send(name), stay, stopSignal: plan.record.stopSignal }),
    ...joinHandlers({ runner, spec, scratch, identify }),
  });
  const command = async (args: readonly string[]) =>
    (await runner.joining({ ...spec, args, terminal: false }, { scratch })).command;
  const check = { ...image.config.config?.Healthcheck, ...job.health };
  const watch = (ended: AbortSignal) =>
    watchHealth(check, { command, report: life.check, now }, ended).catch((error: unknown) =>
      tools.emit({ type: "notice", code: "container", message: String(error) }),
    );
  const onStart = (signalTo: typeof send) => {
    send = signalTo;
  };
  const runOnce = async (): Promise<number> => {
    const ended = new AbortController();
    const onRunning = () => {
      life.start();
      void watch(ended.signal);
    };
    const { onResize } = tools;
    const how = { scratch, signal, onStart, onRunning, onResize };
    const { code } = await runner.run(spec, ioOf(job, log), how).finally(() => ended.abort());
    // It may have been over before it was seen.
    life.start();
    return code;
  };
  const again = { policy: job.restart ?? NEVER, life, now, stopped: stopped.signal };
  const code = await runUntilItStays(runOnce, again);
  log?.stdout.end();
  log?.stderr.end();
  life.finish(code, { isOutOfMemory: cgroups?.isOutOfMemory() ?? false });
  return code;
}

/** What is mounted at a folder must not hide what is mounted below it. */
function outermostFirst(mounts: readonly Mount[]): readonly Mount[] {
  const depth = ({ target }: Mount) => posix.resolve("/", target).split("/").length;
  return mounts.toSorted((a, b) => depth(a) - depth(b));
}

function tmpfsOf({ tmpfs = [] }: RunJob): readonly Mount[] {
  return tmpfs.map((mount) => ({ ...mount, type: "tmpfs" }));
}

function etcFiles(
  scratch: string,
  {
    plan,
    job,
    network,
  }: { readonly plan: ContainerPlan; readonly job: RunJob; readonly network: PrivateNetwork | undefined },
): readonly Mount[] {
  const { hostname } = plan;
  const place = {
    hostname,
    network: network ?? openOr(plan.network),
    hosts: job.hosts ?? [],
    resolver: job.resolver,
  };
  return [...networkFiles(scratch, place), hostnameFile(scratch, hostname)];
}

function openOr(network: ContainerPlan["network"]): "host" | "none" {
  return network === "none" ? "none" : "host";
}

function ioOf(job: RunJob, log: ContainerLog | undefined): ProcessIo {
  if (log) return { ...(job.interactive && { stdin: "open" }), stdout: log.stdout, stderr: log.stderr };
  return { ...(job.interactive && { stdin: "inherit" }), stdout: "inherit", stderr: "inherit" };
}
