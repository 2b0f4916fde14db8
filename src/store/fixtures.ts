import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Digest, type ErrorCode, sha256, TareError } from "../base/index.ts";
import { parseReference, type Reference } from "../oci/index.ts";
import { type Entry, scanDirectory } from "../tree/index.ts";
import type { ContainerRecord } from "./container-types.ts";
import { openStore, type Store } from "./store.ts";
import type { ImageRecord, LocalLayer, StoredLayer } from "./types.ts";

// What several tests of this folder build their stores with.

export interface Workspace extends Disposable {
  readonly root: string;
  readonly store: Store;
  /** The store as another process would open it. */
  reopen(): Promise<Store>;
}

export async function workspace(): Promise<Workspace> {
  const folder = mkdtempSync(join(tmpdir(), "tare-store-"));
  const root = join(folder, "store");
  return {
    root,
    store: await openStore(root),
    reopen: () => openStore(root),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

/** A disk of so many KiB, or the reason why there is none. */
export function smallDisk(size: number): (Disposable & { readonly path: string }) | string {
  const path = mkdtempSync(join(tmpdir(), "tare-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}k`, "none", path], { stdio: "pipe" });
  } catch (error) {
    rmSync(path, { recursive: true });
    return `SKIPPED: no disk can be mounted here: ${error}`;
  }
  return {
    path,
    [Symbol.dispose]: () => {
      execFileSync("umount", [path]);
      rmSync(path, { recursive: true });
    },
  };
}

const FACTS = { mode: 0o644, uid: 0, gid: 0, mtime: 1_600_000_000, size: 0 } as const;

export function fileEntry(path: string, text: string): Entry {
  return { ...FACTS, path, kind: "file", size: Buffer.byteLength(text) };
}

export function dirEntry(path: string): Entry {
  return { ...FACTS, path, kind: "dir", mode: 0o755 };
}

export async function* once(bytes: Uint8Array | string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(bytes);
}

export async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A tar layer of files: contents by path, which must be in order. */
export function tarLayer(store: Store, files: Readonly<Record<string, string>>): Promise<LocalLayer> {
  const entries = Object.entries(files).map(([path, text]) => fileEntry(path, text));
  return store.layers.addEntries(entries, ({ path }) => once(files[path] as string));
}

/** A directory layer of files, as a step leaves it. */
export async function directoryLayer(
  store: Store,
  files: Readonly<Record<string, string>>,
): Promise<LocalLayer> {
  await using scratch = await store.scratch();
  const root = mkdtempSync(join(scratch.path, "root-"));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  const entries = await scanDirectory(root, { xattrs: false });
  return await store.layers.addDirectory(root, { entries });
}

/** An image over layers, named if it has names. */
export async function imageOf(
  store: Store,
  layers: readonly StoredLayer[],
  ...names: readonly string[]
): Promise<ImageRecord> {
  const diffIds = await Promise.all(layers.map((layer) => layer.diffId()));
  const config = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: diffIds } };
  const record = await store.images.put({
    config: Buffer.from(JSON.stringify(config)),
    layers,
    platform: { os: "linux", architecture: "amd64" },
    storedAt: 1_700_000_000_000,
  });
  for (const name of names) await store.images.tag(ref(name), record.id);
  return record;
}

export function ref(name: string): Reference {
  return parseReference(name);
}

export function keyOf(text: string): Digest {
  return sha256(text);
}

/** Reads all that an image names, and whatever is damaged throws. */
export async function verifyImage(store: Store, record: ImageRecord): Promise<void> {
  const config = await store.images.config(record);
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== record.layers.length) throw new Error("the image has another number of layers");
  for (const [at, id] of record.layers.entries()) {
    const layer = await store.layers.get(id);
    if (!layer) throw new Error(`layer ${id} is not there`);
    if (sha256(await collect(layer.tar())) !== diffIds[at]) throw new Error(`layer ${id} is another one`);
    for (const entry of (await layer.index()).entries)
      if (entry.kind === "file" && (await collect(layer.read(entry))).length !== entry.size)
        throw new Error(`${entry.path} of layer ${id} has another size`);
  }
}

/** The text of every file of a layer, by path. */
export async function contents(layer: StoredLayer): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const entry of (await layer.index()).entries)
    if (entry.kind === "file" || entry.kind === "hardlink")
      found[entry.path] = (await collect(layer.read(entry))).toString();
  return found;
}

/** The layer as another process finds it. */
export async function reopened(work: Workspace, { id }: StoredLayer): Promise<LocalLayer> {
  const layer = await (await work.reopen()).layers.get(id);
  assert.ok(layer, `layer ${id} is there`);
  return layer;
}

/** For assert.rejects. */
export function rejects(code: ErrorCode, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TareError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}

/** Nothing unfinished is in the store. */
export function assertTidy({ root }: { readonly root: string }): void {
  assert.deepEqual(readdirSync(join(root, "tmp")), []);
}

/** A container in the background, of an image that is not there. */
export const CONTAINER: ContainerRecord = {
  id: "c".repeat(64),
  name: "web",
  image: "app",
  imageId: sha256("app"),
  layers: [],
  command: ["serve"],
  created: 1,
  labels: {},
  ports: [],
  mounts: [],
  network: "host",
  detached: true,
  terminal: false,
  stopSignal: "SIGTERM",
  stopTimeout: 10,
};
