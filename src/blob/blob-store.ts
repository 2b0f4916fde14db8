import { constants, createReadStream } from "node:fs";
import { type FileHandle, link, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type Digest,
  digestOf,
  diskError,
  ensureDirectory,
  hashing,
  hexOf,
  isSystemError,
  syncDirectory,
  TareError,
  uniqueName,
  withoutGarbage,
  writeBlocks,
} from "../base/index.ts";

/** What `put` has stored. */
export interface BlobInfo {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/**
 * Blobs by their digest (OCI image-layout, "Blobs"). A blob is there in full or not at all, whoever else
 * writes at the same time and whenever the machine stops; but see `putUnsynced`.
 */
export interface BlobStore {
  /**
   * The content, checked while it is read: `integrity-digest` at the end when it is not what it should be, and then
   * the blob is there no more; `integrity-store` when it is not there.
   */
  get(digest: Digest): AsyncIterable<Uint8Array>;
  /**
   * The same for whoever lets all of a large blob pass and keeps nothing: a piece is valid until the one after the next is
   * asked for, because its memory is used again. The first time after a `put` by this store object it is not checked: it was
   * hashed then.
   */
  pass(digest: Digest, options?: PassOptions): AsyncIterable<Uint8Array>;
  /** A part of the content, its digest unchecked; `integrity-digest` when the blob ends before the part. */
  range(digest: Digest, offset: number, length: number): AsyncIterable<Uint8Array>;
  has(digest: Digest): Promise<boolean>;
  /** Bytes of a blob; undefined when it is not there. */
  size(digest: Digest): Promise<number | undefined>;
  /** Stores content; does nothing new for one that is there. `integrity-digest` when it is not `expected`. */
  put(bytes: AsyncIterable<Uint8Array>, expected?: Digest): Promise<BlobInfo>;
  /**
   * The same without waiting for the disk: until the file system was synced, a power cut may leave a blob whose content
   * is another one. A synced one of the same name is never replaced by one that is not.
   */
  putUnsynced(bytes: AsyncIterable<Uint8Array>): Promise<BlobInfo>;
  /** Where the blob is, for reading in place. */
  path(digest: Digest): string;
  list(): Promise<readonly Digest[]>;
}

export interface PassOptions {
  /** Most bytes of a piece; default 256 KiB. */
  readonly pieceSize?: number;
}

/** Opens the blobs below `root`; drafts are written to `tmp`, on the same file system. */
export function openBlobStore(root: string, tmp: string): BlobStore {
  const path = (digest: Digest) => join(root, "sha256", hexOf(digest));
  const sizeOf = async (digest: Digest) => {
    try {
      return (await stat(path(digest))).size;
    } catch (error) {
      if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
      throw error;
    }
  };
  const justPut = new Set<Digest>();
  const noted = async (putting: Promise<BlobInfo>) => {
    const info = await putting;
    justPut.add(info.digest);
    return info;
  };
  return {
    path,
    size: sizeOf,
    has: async (digest) => (await sizeOf(digest)) !== undefined,
    get: (digest) => verified(path(digest), { digest, bytes: withoutGarbage(chunks(path(digest), digest)) }),
    pass(digest, { pieceSize = CHUNK } = {}) {
      const bytes = readInTurn(path(digest), { digest, pieceSize });
      return justPut.delete(digest) ? bytes : verified(path(digest), { digest, bytes });
    },
    range: (digest, offset, length) => part(path(digest), { digest, offset, length }),
    put: (bytes, expected) => noted(put(bytes, { expected, folder: join(root, "sha256"), tmp })),
    putUnsynced: (bytes) => noted(put(bytes, { folder: join(root, "sha256"), tmp, unsynced: true })),
    list: () => list(join(root, "sha256")),
  };
}

const CHUNK = 256 * 1024;

async function* verified(
  path: string,
  { digest, bytes }: { readonly digest: Digest; readonly bytes: AsyncIterable<Uint8Array> },
): AsyncGenerator<Uint8Array> {
  let actual: Digest | undefined;
  yield* hashing(bytes, (found) => {
    actual = found;
  });
  if (actual === digest) return;
  await removeDamaged(path, digest);
  throw new TareError("integrity-digest", `blob ${digest} is damaged: its content is ${actual}`, {
    hint: "what is damaged counts as missing now: build again what has it, or pull it where no build makes it",
  });
}

/** Read once more before it goes: whoever needs it may have put it there again meanwhile. */
async function removeDamaged(path: string, digest: Digest): Promise<void> {
  if ((await digestOf(chunks(path, digest))) !== digest) await rm(path, { force: true });
}

async function* part(
  path: string,
  { digest, offset, length }: { readonly digest: Digest; readonly offset: number; readonly length: number },
): AsyncGenerator<Uint8Array> {
  if (length === 0) return;
  let size = 0;
  for await (const chunk of chunks(path, digest, { start: offset, end: offset + length - 1 })) {
    size += chunk.length;
    yield chunk;
  }
  if (size !== length)
    throw new TareError(
      "integrity-digest",
      `blob ${digest} is damaged: it ends before byte ${offset + length}`,
      {
        hint: `remove ${path} and build or pull the image again`,
      },
    );
}

async function* chunks(
  path: string,
  digest: Digest,
  bounds: { readonly start?: number; readonly end?: number } = {},
): AsyncGenerator<Uint8Array> {
  try {
    // A buffer of the largest size for each of thousands of small files keeps the garbage collector busy.
    const highWaterMark = Math.max(1, Math.min(CHUNK, (await stat(path)).size));
    for await (const chunk of createReadStream(path, { highWaterMark, ...bounds })) yield chunk as Uint8Array;
  } catch (error) {
    throw openError(error, digest);
  }
}

/** Three pieces of memory in turn: one is read into while the last two are still valid. */
async function* readInTurn(
  path: string,
  { digest, pieceSize }: Required<PassOptions> & { readonly digest: Digest },
): AsyncGenerator<Uint8Array> {
  const handle = await open(path, constants.O_RDONLY).catch((error: unknown) => {
    throw openError(error, digest);
  });
  let next: ReturnType<typeof read> | undefined;
  const read = (memory: Buffer) => {
    const reading = handle.read(memory, 0, memory.length, null);
    // It is thrown where it is waited for.
    reading.catch(() => undefined);
    return reading;
  };
  try {
    const size = Math.max(1, Math.min(pieceSize, (await handle.stat()).size));
    const memory = [0, 1, 2].map(() => Buffer.allocUnsafeSlow(size));
    for (let turn = 0; ; turn++) {
      const { bytesRead, buffer } = await (next ?? read(memory[0] as Buffer));
      if (bytesRead === 0) return;
      next = read(memory[(turn + 1) % memory.length] as Buffer);
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    // What is under way needs the file.
    await next?.catch(() => undefined);
    await handle.close();
  }
}

function openError(error: unknown, digest: Digest): unknown {
  if (!isSystemError(error, "ENOENT")) return error;
  return new TareError("integrity-store", `blob ${digest} is not in the store`, {
    hint: "build or pull the image again",
    cause: error,
  });
}

interface PutOptions {
  readonly expected?: Digest | undefined;
  readonly folder: string;
  readonly tmp: string;
  readonly unsynced?: boolean;
}

async function put(
  bytes: AsyncIterable<Uint8Array>,
  { expected, folder, tmp, unsynced = false }: PutOptions,
): Promise<BlobInfo> {
  const draft = join(tmp, uniqueName());
  try {
    const info = await writeDraft(draft, bytes);
    if (expected !== undefined && info.digest !== expected)
      throw new TareError(
        "integrity-digest",
        `content has digest ${info.digest}, but should have ${expected}`,
        { hint: "where it comes from is damaged, or something on the way has changed it; fetch it again" },
      );
    await onDisk(folder, ensureDirectory(folder));
    const path = join(folder, hexOf(info.digest));
    if (unsynced && (await onDisk(folder, linkNew(draft, path)))) await rm(draft);
    else await onDisk(folder, replaceSynced(draft, path));
    return info;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** False when there is something of that name. */
async function linkNew(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (isSystemError(error, "EEXIST")) return false;
    throw error;
  }
}

async function replaceSynced(draft: string, path: string): Promise<void> {
  await syncFile(draft);
  await rename(draft, path);
  await syncDirectory(dirname(path));
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What the disk refuses is told as such; what the source of the bytes throws stays as it is. */
async function onDisk<T>(path: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    throw diskError(error, path);
  }
}

async function writeDraft(path: string, bytes: AsyncIterable<Uint8Array>): Promise<BlobInfo> {
  let digest: Digest | undefined;
  let handle: FileHandle | undefined;
  try {
    handle = await onDisk(path, open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644));
    const hashed = hashing(withoutGarbage(bytes), (found) => {
      digest = found;
    });
    const size = await writeBlocks(handle, hashed, { failed: (error) => diskError(error, path) });
    return { digest: digest as Digest, size };
  } finally {
    await handle?.close();
  }
}

async function list(folder: string): Promise<readonly Digest[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => /^[0-9a-f]{64}$/.test(name)).map((name): Digest => `sha256:${name}`);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return [];
    throw error;
  }
}
