import { randomBytes } from "node:crypto";
import { posix } from "node:path";
import { TareError } from "../../base/index.ts";
import { copyFolder } from "../../sandbox/index.ts";
import {
  type ContainerBind,
  type ContainerRecord,
  type Store,
  type StoredContainer,
  volumesOf,
} from "../../store/index.ts";
import type { RunJob } from "./run-request.ts";

/** Where a container's volumes are planned. */
export interface VolumeFacts {
  /** Paths that the image's VOLUME names. */
  readonly declared: readonly string[];
  readonly containers: readonly StoredContainer[];
  readonly folderOf: (name: string) => string;
}

/**
 * What a container sees of this machine: the volumes of other containers, its own, and one of its own for every path that the
 * image's VOLUME names and nothing else is mounted at. `resolve-container`, `user-bad-flag` for two at one place, or one at /.
 */
export function plannedBinds(
  job: RunJob,
  { declared, containers, folderOf }: VolumeFacts,
): readonly ContainerBind[] {
  const named = (job.storeVolumes ?? []).map(({ name, target, readonly }) => ({
    target,
    readonly,
    ...volumeNamed(name, folderOf),
  }));
  const own: readonly ContainerBind[] = [...(job.volumes ?? []), ...named];
  const taken = new Set((job.tmpfs ?? []).map(({ target }) => cleaned(target)));
  if (taken.has("/")) throw atRoot();
  for (const target of own.map((bind) => cleaned(bind.target))) {
    if (target === "/") throw atRoot();
    if (taken.has(target)) throw twice(target);
    taken.add(target);
  }
  const others = new Map(
    (job.volumesFrom ?? []).flatMap((text) => bindsFrom(text, containers)).map((bind) => [bind.target, bind]),
  );
  const binds = [...[...others.values()].filter(({ target }) => !taken.has(cleaned(target))), ...own];
  const places = new Set([...taken, ...binds.map(({ target }) => cleaned(target))]);
  const empty = declared.map(cleaned).filter((target) => target !== "/" && !places.has(target));
  const made = [...new Set(empty)].map((target) => ({
    target,
    readonly: false,
    ...volumeNamed(undefined, folderOf),
  }));
  return [...binds, ...made];
}

function cleaned(path: string): string {
  return posix.resolve("/", path);
}

function volumeNamed(
  name: string | undefined,
  folderOf: (name: string) => string,
): Pick<ContainerBind, "source" | "volume"> {
  const known = name ?? randomBytes(32).toString("hex");
  return { source: folderOf(known), volume: { name: known, anonymous: name === undefined } };
}

/** `CONTAINER[:ro|rw]`. */
function bindsFrom(text: string, containers: readonly StoredContainer[]): readonly ContainerBind[] {
  const [name = "", mode] = text.split(":", 2);
  const found = containers.find(({ record }) => record.name === name || record.id.startsWith(name));
  if (!found || name === "")
    throw new TareError("resolve-container", `no such container: ${name}`, {
      hint: "`tare ps -a` lists what there is",
    });
  const binds = found.record.process?.binds ?? [];
  return mode === "ro" ? binds.map((bind) => ({ ...bind, readonly: true })) : binds;
}

function atRoot(): TareError {
  return new TareError("user-bad-flag", "nothing can be mounted at / of a container", {
    hint: "name a folder below it, such as /data",
  });
}

function twice(target: string): TareError {
  return new TareError("user-bad-flag", `duplicate mount point: ${target}`, {
    hint: "mount one thing there, or leave one of the two out",
  });
}

/** Makes the volumes that a container sees, and fills the empty ones with what its image has there. */
export async function openVolumes(
  { record, job }: { readonly record: ContainerRecord; readonly job: RunJob },
  { store, rootfs }: { readonly store: Store; readonly rootfs: string },
): Promise<void> {
  const uncopied = new Set(
    (job.storeVolumes ?? []).filter(({ copy }) => copy === false).map((v) => v.target),
  );
  for (const { target, volume } of record.process?.binds ?? []) {
    if (volume === undefined) continue;
    const others = () => store.containers.list().filter((other) => other.record.id !== record.id);
    await store.volumes.open(
      { ...volume, created: record.created, labels: {} },
      {
        inUse: () => volumesOf(others().filter(({ alive }) => alive)).includes(volume.name),
        ...(!uncopied.has(target) && { fill: (path) => copyFolder({ rootfs, path: target }, path) }),
      },
    );
  }
}

/** Removes the volumes that were made for one container, unless another one sees them too. */
export async function removeAnonymous(store: Store, record: ContainerRecord): Promise<void> {
  const own = (record.process?.binds ?? []).flatMap(({ volume }) => (volume?.anonymous ? [volume.name] : []));
  const others = store.containers.list().filter((other) => other.record.id !== record.id);
  const shared = new Set(volumesOf(others));
  for (const name of own) if (!shared.has(name)) await store.volumes.remove(name);
}
