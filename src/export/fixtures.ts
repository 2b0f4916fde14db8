import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzip } from "../archive/index.ts";
import { type Digest, decodeName, sha256, TareError } from "../base/index.ts";
import { MEDIA_TYPE } from "../oci/index.ts";
import type { StoredLayer } from "../store/index.ts";
import { comparePaths, type Entry, tarFromIndex, tarSizeOfIndex } from "../tree/index.ts";
import type { ExportImage, ExportRequest } from "./types.ts";

// What the tests of this folder build their images with.

export const SIGNAL = new AbortController().signal;
type Node = Partial<Entry> & { readonly path: string; readonly text?: string };

export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(Uint8Array.from(part));
  return Buffer.concat(parts);
}

export async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** A blob store in memory. */
export function memoryBlobs(): ExportRequest["blobs"] & { readonly all: Map<Digest, Buffer> } {
  const all = new Map<Digest, Buffer>();
  return {
    all,
    has: async (digest) => all.has(digest),
    get: (digest) => streamOf(all.get(digest) as Buffer),
    put: async (bytes) => {
      const content = await bytesOf(bytes);
      all.set(sha256(content), content);
      return { digest: sha256(content), size: content.length };
    },
  };
}

type Blobs = ReturnType<typeof memoryBlobs>;

export function layerOf(
  blobs: Blobs,
  nodes: readonly Node[],
  form: "tar" | "directory" = "directory",
): StoredLayer {
  const entries = nodes
    .map(({ text = "", ...node }): Entry => {
      const size = Buffer.byteLength(text);
      return { kind: "file", mode: 0o644, uid: 0, gid: 0, mtime: 1000, size, ...node };
    })
    .sort((a, b) => comparePaths(a.path, b.path));
  const texts = new Map(nodes.map((node) => [node.path, node.text ?? ""]));
  const read = (entry: Entry): AsyncIterable<Uint8Array> =>
    streamOf(Buffer.from(texts.get(entry.path) ?? ""));
  const tar = (): AsyncIterable<Uint8Array> => tarFromIndex({ entries }, read);
  return {
    id: JSON.stringify(entries),
    form,
    size: 0,
    tar,
    tarSize: async () => tarSizeOfIndex({ entries }),
    directory: async () => assert.fail("no directory is needed for an export"),
    descriptor: async () => ({ mediaType: MEDIA_TYPE.layerGzip, ...(await blobs.put(gzip(tar()))) }),
    diffId: async () => sha256(await bytesOf(tar())),
    index: async () => ({ entries }),
    contentDigests: async () => assert.fail("no digests of contents are needed for an export"),
    read,
  };
}

export function imageOf(
  layers: readonly StoredLayer[],
  names: readonly string[] = ["docker.io/library/calc:1.0"],
): ExportImage {
  const platform = { architecture: "amd64", os: "linux" };
  const config = (diffIds: readonly Digest[]) =>
    Buffer.from(JSON.stringify({ ...platform, rootfs: { type: "layers", diff_ids: diffIds } }));
  return { config, layers, names };
}

export async function inTemp(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tare-export-"));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function rejects(promise: Promise<unknown>, code: string): Promise<void> {
  return assert.rejects(promise, (error) => error instanceof TareError && error.code === code);
}

export const BASE: readonly Node[] = [
  { path: "bin", kind: "dir", mode: 0o555 },
  { path: "bin/tool", mode: 0o4755, text: "tool", mtime: -5 },
  { path: "bin/tool2", kind: "hardlink", link: "bin/tool" },
  { path: "etc", kind: "dir", mode: 0o755 },
  { path: "etc/old", text: "old" },
  { path: "etc/link", kind: "symlink", link: "/etc/target" },
  { path: decodeName(Uint8Array.from([0x66, 0xff])), text: "odd" },
];
export const TOP: readonly Node[] = [
  { path: "dev", kind: "dir", mode: 0o755 },
  { path: "dev/null", kind: "char", mode: 0o666, device: { major: 1, minor: 3 } },
  { path: "etc", kind: "dir", mode: 0o750, mtime: 5000 },
  { path: "etc/new", text: "new", mtime: 99_999_999_999 },
  { path: "etc/old", kind: "whiteout" },
  { path: "run", kind: "dir", mode: 0o755 },
  { path: "run/pipe", kind: "fifo", mode: 0o600 },
];
