import { createReadStream, existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, diskError, hashing, TareError } from "../base/index.ts";
import {
  type Entry,
  indexFromTar,
  type LayerIndex,
  scanDirectory,
  tarFromIndex,
  tarSizeOfIndex,
} from "../tree/index.ts";
import { cacheMountFolder, openCacheMount } from "./cache-mounts.ts";
import type { Folders } from "./folders.ts";
import { materialize } from "./materialize.ts";
import { layerReader } from "./read-layer.ts";
import { removeTree } from "./remove-tree.ts";

/** What is in the directory of a cache mount, which nobody else uses until this is disposed. */
export interface CacheMountTar extends Disposable {
  /** The same content always gives the same bytes. */
  tar(): AsyncIterable<Uint8Array>;
  /** Bytes of the tar. */
  readonly tarSize: number;
}

/** A tar on its way into a cache mount. */
export interface IncomingTar {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** What the bytes have to have. */
  readonly digest: Digest;
}

/**
 * Opens a cache mount for reading, once nobody uses it any more; undefined when there is none. Files, directories and
 * links alone travel: a socket or a device means nothing on another machine.
 */
export async function readCacheMount(
  folders: Pick<Folders, "cacheMounts" | "locks" | "tmp">,
  id: string,
  signal: AbortSignal,
): Promise<CacheMountTar | undefined> {
  if (!existsSync(join(cacheMountFolder(folders, id), "0"))) return undefined;
  const held = await openCacheMount(folders, { id, sharing: "locked", fill: async () => {} }, signal);
  try {
    const scanned = await scanDirectory(held.path, { xattrs: true, signal });
    const index: LayerIndex = { entries: scanned.filter(travels) };
    const read = layerReader({ form: "directory", root: held.path }, async () => index);
    return {
      tar: () => tarFromIndex(index, read),
      tarSize: tarSizeOfIndex(index),
      [Symbol.dispose]: () => held[Symbol.dispose](),
    };
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
}

/**
 * Fills the empty directory of a new cache mount. The bytes are checked before anything is unpacked; whatever fails, the
 * directory is empty again. `integrity-*` for other bytes, and for a tar that no cache mount is written as.
 */
export async function fillFromTar(
  path: string,
  { bytes, digest }: IncomingTar,
  { scratch, userNamespace }: { readonly scratch: string; readonly userNamespace: boolean },
): Promise<void> {
  const tar = join(scratch, "tar");
  const checked = hashing(bytes, (found) => {
    if (found !== digest)
      throw new TareError("integrity-digest", `content has digest ${found}, but should have ${digest}`);
  });
  await writeFile(tar, checked, { flag: "wx" }).catch((error: unknown) => {
    throw diskError(error, tar);
  });
  const { entries } = await indexFromTar(createReadStream(tar), { whiteouts: false });
  const strange = entries.find((entry) => !travels(entry));
  if (strange)
    throw new TareError(
      "integrity-archive",
      `${strange.path} is a ${strange.kind}, which no cache mount has`,
    );
  try {
    await materialize(entries, path, { tar, userNamespace });
  } catch (error) {
    for (const name of await readdir(path)) await removeTree(join(path, name));
    throw error;
  }
}

function travels({ kind }: Entry): boolean {
  return ["file", "dir", "symlink", "hardlink"].includes(kind);
}
