import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, defined, readIfExists } from "../base/index.ts";
import type { BlobStore } from "../blob/index.ts";
import { layersOf, layerUsage } from "./choose-cache.ts";
import { type ContainerStore, volumesOf } from "./containers.ts";
import type { Folders } from "./folders.ts";
import type { ImageStore } from "./images.ts";
import type { KeyStore } from "./keys.ts";
import { changedAt } from "./records.ts";
import { diskUsage } from "./remove-tree.ts";
import type { VolumeStore } from "./volumes.ts";

/** A part of the store that takes space, and who needs it. */
export interface UsageItem {
  /** Of a layer or container its id; else the name of its folder or file. */
  readonly id: string;
  readonly kind: "layer" | "cache-mount" | "packages" | "container" | "volume";
  /** On the disk. */
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970; when a build last had a use for it, as far as that is known. */
  readonly usedAt?: number;
  /** Layers: images with a name that need it. Then it is not to be reclaimed. */
  readonly images: number;
  /** Whether a running container needs it, or it is one. Then it is not to be reclaimed either. */
  readonly running: boolean;
  /** Layers: the cache records that lead to it, the last used first. */
  readonly records: readonly Digest[];
  /** Layers: the one below it in the first record or image that has it. */
  readonly parent?: string;
  /** Cache mounts: the id that Dockerfiles call it by. Containers and volumes: their name. */
  readonly name?: string;
}

interface UsageContext {
  readonly folders: Folders;
  readonly blobs: BlobStore;
  readonly images: ImageStore;
  readonly keys: KeyStore;
  readonly containers: ContainerStore;
  readonly volumes: VolumeStore;
}

/** All that takes space in the store and is no leftover; `prune` knows of those. */
export async function storeUsage(context: UsageContext): Promise<readonly UsageItem[]> {
  return [
    ...(await layerItems(context)),
    ...(await containerItems(context)),
    ...(await volumeItems(context)),
    ...(await mountItems(context)),
    ...(await packageItems(context)),
  ];
}

interface Stack {
  readonly layers: readonly string[];
  readonly record?: Digest;
  readonly usedAt?: number;
}

async function layerItems(context: UsageContext): Promise<readonly UsageItem[]> {
  const { folders } = context;
  const named = (await context.images.list()).filter(({ references }) => references.length > 0);
  const images: readonly Stack[] = named.map(({ record }) => ({ layers: record.layers }));
  const results = (await resultStacks(context.keys)).toSorted((a, b) => (b.usedAt ?? 0) - (a.usedAt ?? 0));
  const byLayer = stacksByLayer([...results, ...images]);
  const running = context.containers.list().filter(({ alive }) => alive);
  const held = new Set(running.flatMap(({ record }) => record.layers));
  const items: UsageItem[] = [];
  for (const id of await readdir(folders.layers)) {
    const stacks = byLayer.get(id) ?? [];
    const records = stacks.flatMap(({ record }) => (record === undefined ? [] : [record]));
    const usedAt = stacks.find((stack) => stack.usedAt !== undefined)?.usedAt;
    const parent = stacks
      .map(({ layers }) => layers[layers.indexOf(id) - 1])
      .find((below) => below !== undefined);
    items.push({
      id,
      kind: "layer",
      bytes: await layerUsage(context, id),
      createdAt: (await changedAt(join(folders.layers, id, "index"))) ?? 0,
      images: stacks.filter(({ record }) => record === undefined).length,
      running: held.has(id),
      records,
      ...(usedAt !== undefined && { usedAt }),
      ...(parent !== undefined && { parent }),
    });
  }
  return items;
}

async function resultStacks(keys: KeyStore): Promise<readonly Stack[]> {
  const stacks: Stack[] = [];
  for (const record of await keys.list()) {
    const layers = layersOf(await keys.get(record)) ?? [];
    const usedAt = await keys.usedAt(record);
    if (layers.length > 0) stacks.push({ record, layers, ...(usedAt !== undefined && { usedAt }) });
  }
  return stacks;
}

function stacksByLayer(stacks: readonly Stack[]): ReadonlyMap<string, readonly Stack[]> {
  const found = new Map<string, Stack[]>();
  for (const stack of stacks)
    for (const id of new Set(stack.layers)) {
      const known = found.get(id);
      if (known) known.push(stack);
      else found.set(id, [stack]);
    }
  return found;
}

/** What their processes have written, with their logs. */
async function containerItems({ containers }: UsageContext): Promise<readonly UsageItem[]> {
  const items: UsageItem[] = [];
  for (const { record, state, alive, folder } of containers.list())
    items.push({
      id: record.id,
      kind: "container",
      bytes: await diskUsage(folder),
      createdAt: record.created,
      images: 0,
      running: alive,
      records: [],
      name: record.name,
      ...defined({ usedAt: state.finishedAt ?? state.startedAt }),
    });
  return items;
}

/** `prune` takes only anonymous ones, and those when it is told to. */
async function volumeItems({ containers, volumes }: UsageContext): Promise<readonly UsageItem[]> {
  const used = new Set(volumesOf(containers.list()));
  const items: UsageItem[] = [];
  for (const { name, created, folder, anonymous } of volumes.list())
    items.push({
      id: name,
      kind: "volume",
      bytes: await diskUsage(folder),
      createdAt: created,
      images: 0,
      running: used.has(name) || !anonymous,
      records: [],
      name,
    });
  return items;
}

async function mountItems({ folders }: UsageContext): Promise<readonly UsageItem[]> {
  const items: UsageItem[] = [];
  for (const id of await readdir(folders.cacheMounts)) {
    const path = join(folders.cacheMounts, id);
    const usedAt = await changedAt(join(path, "id"));
    const name = (await readIfExists(join(path, "id")))?.toString("utf8");
    items.push({
      id,
      kind: "cache-mount",
      bytes: await diskUsage(path),
      createdAt: (await changedAt(path)) ?? 0,
      images: 0,
      running: false,
      records: [],
      ...(usedAt !== undefined && { usedAt }),
      ...(name !== undefined && { name }),
    });
  }
  return items;
}

/** All downloaded packages as one: there are hundreds of them. */
async function packageItems({ folders }: UsageContext): Promise<readonly UsageItem[]> {
  const names = await readdir(folders.packages);
  if (names.length === 0) return [];
  const times = await Promise.all(names.map((name) => changedAt(join(folders.packages, name))));
  const known = times.filter((time) => time !== undefined).sort((a, b) => a - b);
  const usedAt = known.at(-1);
  return [
    {
      id: "packages",
      kind: "packages",
      bytes: await diskUsage(folders.packages),
      createdAt: known[0] ?? 0,
      images: 0,
      running: false,
      records: [],
      ...(usedAt !== undefined && { usedAt }),
    },
  ];
}
