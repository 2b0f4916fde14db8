import { TareError } from "../../base/index.ts";
import {
  askControl,
  type ControlRequest,
  currentLog,
  type LogEntry,
  readLog,
} from "../../container/index.ts";
import { removeCgroups } from "../../sandbox/index.ts";
import {
  type ContainerRecord,
  type ContainerState,
  openStore,
  type Store,
  type StoredContainer,
  volumesOf,
  writtenBytes,
} from "../../store/index.ts";
import { listImages } from "../images/list-images.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";
import { signalNamed } from "./container-plan.ts";
import { removeAnonymous } from "./container-volumes.ts";

/** A container as `tare ps` shows it. */
export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly command: readonly string[];
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** `dead` is one whose process was killed together with the one that watched over it. */
  readonly status: "created" | "running" | "restarting" | "exited" | "dead";
  readonly exitCode?: number;
  readonly health?: "starting" | "healthy" | "unhealthy";
  readonly labels: Readonly<Record<string, string>>;
  /** `0.0.0.0:8080->80/tcp`. */
  readonly ports: readonly string[];
  readonly mounts: readonly string[];
  /** Where they are in the container. */
  readonly mountPoints: readonly string[];
  /** How many of the mounts are volumes of the store. */
  readonly localVolumes: number;
  /** Bytes that it has written, and of its image; where it was asked for. */
  readonly size?: { readonly written: number; readonly image: number };
  readonly network: string;
}

/** The containers of the store, newest first; those that have ended only with `all`. */
export async function listContainers(
  options: StoreChoice & { readonly all?: boolean; readonly size?: boolean } = {},
): Promise<readonly ContainerSummary[]> {
  const store = await openStore(storeFolder(options));
  const images = options.size ? await listImages({ ...options, all: true }) : [];
  const summaries = await Promise.all(
    store.containers.list().map(async (container) => {
      const image = images.find(({ id }) => id === container.record.imageId)?.size ?? 0;
      const size = options.size && { written: await writtenBytes(container.folder), image };
      return { ...summary(container), ...(size && { size }) };
    }),
  );
  return summaries.filter(({ status }) => options.all || ["running", "restarting"].includes(status));
}

/** All that the store says of a container. */
export interface ContainerDetails {
  readonly record: ContainerRecord;
  readonly state: ContainerState;
  readonly status: ContainerSummary["status"];
  /** Where its output is kept, if it is. */
  readonly log: string;
}

/** A container by name, id, or the beginning of an id; `resolve-container`. */
export async function inspectContainer(
  options: StoreChoice & { readonly container: string },
): Promise<ContainerDetails> {
  const found = (await openStore(storeFolder(options))).containers.find(options.container);
  const { record, state, folder } = found;
  return { record, state, status: statusOf(found), log: currentLog(folder) };
}

function summary(container: StoredContainer): ContainerSummary {
  const { record, state } = container;
  const { id, name, image, imageId, command, created, labels, ports, mounts, network } = record;
  const { startedAt, finishedAt, exitCode, health } = state;
  return {
    ...{ id, name, image, imageId, command, created, labels, ports, mounts, network },
    mountPoints: record.process?.binds.map(({ target }) => target) ?? [],
    localVolumes: volumesOf([container]).length,
    status: statusOf(container),
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(exitCode !== undefined && { exitCode }),
    ...(health !== undefined && { health: health.status }),
  };
}

function statusOf({ state, alive }: StoredContainer): ContainerSummary["status"] {
  const isGone = (state.status === "running" || state.status === "restarting") && !alive;
  return isGone ? "dead" : state.status;
}

/** The exit code of a container whose end nobody has seen. */
const KILLED = 137;

/**
 * Stops a container: its stop signal, and SIGKILL when that has not ended it after `timeout` seconds (default: its own; -1
 * waits for ever). One that does not run is stopped already. `resolve-container`.
 */
export async function stopContainer(
  options: StoreChoice & { readonly container: string; readonly timeout?: number; readonly signal?: string },
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const found = (await openStore(storeFolder(options))).containers.find(options.container);
  const { stopSignal, stopTimeout } = found.record;
  const name = options.signal === undefined ? stopSignal : signalNamed(options.signal);
  await ask(found, { type: "stop", signal: name, timeout: options.timeout ?? stopTimeout }, signal);
}

/** Sends a signal to the process of a running container; `user-conflict` for one that does not run. */
export async function killContainer(
  options: StoreChoice & { readonly container: string; readonly signal?: string },
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const found = runningContainer(await openStore(storeFolder(options)), options.container);
  await ask(found, { type: "signal", name: signalNamed(options.signal ?? "SIGKILL") }, signal);
}

/** Waits until a container has ended: its exit code. */
export async function waitForContainer(
  options: StoreChoice & { readonly container: string },
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  const store = await openStore(storeFolder(options));
  const found = store.containers.find(options.container);
  if (!found.alive) return found.state.exitCode ?? KILLED;
  const answer = await ask(found, { type: "wait" }, signal);
  if (typeof answer === "number") return answer;
  // Its watcher has ended before it could answer, and has perhaps written down more.
  return (
    store.containers.list().find(({ record }) => record.id === found.record.id)?.state.exitCode ?? KILLED
  );
}

/**
 * Forgets a container that has ended, with its log; a running one only with `force`, which kills it. `resolve-container`,
 * `user-conflict`.
 */
export async function removeContainer(
  options: StoreChoice & {
    readonly container: string;
    readonly force?: boolean;
    /** With the volumes that were made for it alone. */
    readonly volumes?: boolean;
  },
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const root = storeFolder(options);
  const store = await openStore(root);
  const found = store.containers.find(options.container);
  if (found.alive && !options.force)
    throw new TareError("user-conflict", `the container ${found.record.name} is running`, {
      hint: `stop it first: tare stop ${found.record.name}; or use rm --force`,
    });
  if (found.alive) await ask(found, { type: "stop", signal: "SIGKILL", timeout: 0 }, signal);
  removeCgroups(found.record.cgroups ?? []);
  await removeEnded(store, { record: found.record, volumes: options.volumes ?? false }, signal);
}

/** Where a killed container has left files, or has volumes, they may be of other users than this one. */
async function removeEnded(
  store: Store,
  { record, volumes }: { readonly record: ContainerRecord; readonly volumes: boolean },
  signal: AbortSignal,
): Promise<void> {
  const params: RemovalJob = { root: store.root, id: record.id, volumes };
  const isAnonymous = record.process?.binds.some(({ volume }) => volume?.anonymous) ?? false;
  if (!store.containers.hasFiles(record.id) && !(volumes && isAnonymous)) return runRemoval(params);
  const { callEngine } = await import("../../engine/index.ts");
  await callEngine({ method: "removeContainer", params }, { emit: () => {} }, signal);
}

/** A removal made plain, so that it can cross to the engine. */
export interface RemovalJob {
  readonly root: string;
  readonly id: string;
  readonly volumes: boolean;
}

/** The same in this process. */
export async function runRemoval({ root, id, volumes }: RemovalJob): Promise<void> {
  const store = await openStore(root);
  const record = store.containers.get(id)?.record;
  await store.containers.remove(id);
  if (record && volumes) await removeAnonymous(store, record);
}

/** What a detached container has written, oldest first. */
export async function* containerLog(
  options: StoreChoice & {
    readonly container: string;
    readonly tail?: number;
    /** Milliseconds since 1970. */
    readonly since?: number;
    readonly until?: number;
    /** Until the container ends. */
    readonly follow?: boolean;
  },
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<LogEntry> {
  const store = await openStore(storeFolder(options));
  const { record, folder } = store.containers.find(options.container);
  if (!record.detached)
    throw new TareError(
      "user-conflict",
      `the container ${record.name} ran in the foreground: its output was not kept`,
      {
        hint: "run it with -d",
      },
    );
  const { tail, since, until } = options;
  const isAlive = () => store.containers.get(record.id)?.alive ?? false;
  const choice = {
    ...(tail !== undefined && { tail }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(options.follow && { follow: isAlive }),
  };
  yield* readLog(folder, choice, signal);
}

/** A container that runs; `resolve-container`, `user-conflict`. */
export function runningContainer(store: Store, text: string): StoredContainer {
  const found = store.containers.find(text);
  if (found.alive) return found;
  throw new TareError("user-conflict", `container ${found.record.id} is not running`, {
    hint: "`tare ps` lists those that are",
  });
}

/** Asks the process that watches over a container; undefined when it ended before it answered. */
export async function ask(
  { alive, folder, record }: StoredContainer,
  request: ControlRequest,
  signal: AbortSignal,
): Promise<unknown> {
  if (!alive) return undefined;
  const answer = await askControl(folder, request, signal);
  if ("ended" in answer) return undefined;
  if ("result" in answer) return answer.result;
  throw new TareError("environment-runtime", `container ${record.name}: ${answer.error}`, {
    hint: "`tare ps -a` shows how it is",
  });
}
