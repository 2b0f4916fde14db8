import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { TareError } from "../../base/index.ts";
import { openStore, type Store, type StoredVolume } from "../../store/index.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";

/** A volume as `tare volume ls` shows it. */
export interface VolumeSummary {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether it was made for one container, and its name made up. */
  readonly anonymous: boolean;
  /** Where what is in it lies on this machine. */
  readonly folder: string;
  /** Ids of the containers that see it, ended ones too. */
  readonly containers: readonly string[];
}

/** The volumes of the store, by name. */
export async function listVolumes(options: StoreChoice = {}): Promise<readonly VolumeSummary[]> {
  const store = await openStore(storeFolder(options));
  return store.volumes.list().map(summaryIn(store));
}

/** A volume by its whole name; `resolve-volume`. */
export async function inspectVolume(
  options: StoreChoice & { readonly volume: string },
): Promise<VolumeSummary> {
  const store = await openStore(storeFolder(options));
  return summaryIn(store)(store.volumes.find(options.volume));
}

/** Makes an empty volume, without a name one with a made-up one: its name. One that is there stays as it is. */
export async function createVolume(
  options: StoreChoice & {
    readonly volume?: string;
    readonly labels?: Readonly<Record<string, string>>;
  } = {},
  now: () => number = Date.now,
): Promise<string> {
  const store = await openStore(storeFolder(options));
  const name = checkedVolumeName(options.volume ?? randomBytes(32).toString("hex"));
  const anonymous = options.volume === undefined;
  await store.volumes.open({ name, created: now(), labels: options.labels ?? {}, anonymous });
  return name;
}

/** A name as Docker allows it; `user-bad-flag` for others. */
export function checkedVolumeName(name: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name) && name.length <= 200) return name;
  throw new TareError("user-bad-flag", `invalid volume name ${JSON.stringify(name)}`, {
    hint: "use 2 to 200 of a-z, A-Z, 0-9, _, . and -, the first of them a letter or a digit; a folder begins with / or .",
  });
}

/** Removes a volume with all that is in it. `resolve-volume`; `user-conflict` while a container sees it, even an ended one. */
export async function removeVolume(
  options: StoreChoice & { readonly volume: string },
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const store = await openStore(storeFolder(options));
  const { name, containers } = summaryIn(store)(store.volumes.find(options.volume));
  if (containers.length > 0) throw inUse(name, containers);
  await removeAll({ root: store.root, names: [name] }, signal);
}

/** Removes the volumes that no container sees, without `all` only anonymous ones: the names, and bytes on the disk. */
export async function pruneVolumes(
  options: StoreChoice & {
    readonly all?: boolean;
    /** Only those for which it is true. */
    readonly isWanted?: (volume: VolumeSummary) => boolean;
  } = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<VolumesRemoved> {
  const { all = false, isWanted = () => true } = options;
  const listed = await listVolumes(options);
  const unused = listed.filter(({ containers, anonymous }) => containers.length === 0 && (all || anonymous));
  const names = unused.filter(isWanted).map(({ name }) => name);
  if (names.length === 0) return { names, bytes: 0 };
  return removeAll({ root: storeFolder(options), names }, signal);
}

/** A removal made plain, so that it can cross to the engine. */
export interface VolumesJob {
  readonly root: string;
  readonly names: readonly string[];
}

/** What was removed, and how much it took on the disk. */
export interface VolumesRemoved {
  readonly names: readonly string[];
  readonly bytes: number;
}

/** An ordinary user's volumes hold files of mapped users, which only the engine can remove. */
async function removeAll(params: VolumesJob, signal: AbortSignal): Promise<VolumesRemoved> {
  if (userInfo().uid === 0) return runVolumesRemoval(params);
  const { callEngine } = await import("../../engine/index.ts");
  return (await callEngine(
    { method: "removeVolumes", params },
    { emit: () => {} },
    signal,
  )) as VolumesRemoved;
}

/** The same in this process. */
export async function runVolumesRemoval({ root, names }: VolumesJob): Promise<VolumesRemoved> {
  const store = await openStore(root);
  let bytes = 0;
  for (const name of names)
    bytes += await store.volumes.remove(name, () => {
      const { containers } = summaryIn(store)(store.volumes.find(name));
      if (containers.length > 0) throw inUse(name, containers);
    });
  return { names, bytes };
}

function summaryIn(store: Store): (volume: StoredVolume) => VolumeSummary {
  const listed = store.containers.list();
  return (volume) => ({
    ...volume,
    containers: listed
      .filter(({ record }) => record.process?.binds.some((bind) => bind.volume?.name === volume.name))
      .map(({ record }) => record.id),
  });
}

function inUse(name: string, containers: readonly string[]): TareError {
  const ids = containers.map((id) => id.slice(0, 12));
  return new TareError("user-conflict", `the volume ${name} is in use by ${ids.join(", ")}`, {
    hint: `remove what uses it first: tare rm ${ids.join(" ")}`,
  });
}
