import { closeSync, constants, openSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { fsPath, isSystemError, lazyAsync, TareError } from "../base/index.ts";
import type { Entry, LayerIndex } from "../tree/index.ts";

const SMALL = 1024 * 1024;

/** Where a layer's files are: each at its path below a folder, or one after the other in a tar. */
export type LayerFiles =
  | { readonly form: "directory"; readonly root: string }
  | { readonly form: "tar"; readonly tar: string };

/**
 * Reads the files of a layer: up to 1 MiB in one piece, larger ones in pieces of that size. A hard link has
 * the content of its first name. `integrity-store` when a file is not there, or not as long as its entry says.
 */
export function layerReader(
  files: LayerFiles,
  index: () => Promise<LayerIndex>,
): (entry: Entry) => AsyncIterable<Uint8Array> {
  const linked = lazyAsync(async () => linkedFiles(await index()));
  return async function* read(entry) {
    const file = entry.kind === "hardlink" ? (await linked()).get(entry.link ?? "") : entry;
    if (!file) throw damaged(entry, `is a hard link to ${entry.link}, which its layer does not have`);
    if (file.kind !== "file" || file.size === 0) return;
    const part: Part =
      files.form === "tar"
        ? { path: files.tar, start: file.offset ?? 0, entry: file }
        : // The entry is exact and the folder our own, so no link is ever followed.
          { path: `${files.root}/${file.path}`, start: undefined, entry: file };
    if (file.size <= SMALL) yield readSmall(part);
    else yield* readLarge(part);
  };
}

interface Part {
  readonly path: string;
  /** Where in the file the content starts; undefined when the content is the file. */
  readonly start: number | undefined;
  readonly entry: Entry;
}

/** The files that hard links lead to, by path. */
export function linkedFiles({ entries }: LayerIndex): ReadonlyMap<string, Entry> {
  const targets = new Set(entries.flatMap(({ kind, link }) => (kind === "hardlink" && link ? [link] : [])));
  return new Map(entries.filter(({ path }) => targets.has(path)).map((entry) => [entry.path, entry]));
}

/** A link in the place of a file is not followed, a pipe not waited for. */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Without waiting: for small files that is several times faster. */
function readSmall({ path, start, entry }: Part): Uint8Array {
  const fd = reading(entry, () => openSync(fsPath(path), READ_FLAGS));
  try {
    // One byte more than there should be, to see that there is none.
    const buffer = Buffer.allocUnsafe(start === undefined ? entry.size + 1 : entry.size);
    let done = 0;
    while (done < buffer.length) {
      const position = start === undefined ? null : start + done;
      const count = reading(entry, () => readSync(fd, buffer, done, buffer.length - done, position));
      if (count === 0) break;
      done += count;
    }
    if (done !== entry.size) throw damaged(entry, sizeProblem(entry, done));
    return buffer.subarray(0, entry.size);
  } finally {
    closeSync(fd);
  }
}

async function* readLarge({ path, start, entry }: Part): AsyncGenerator<Uint8Array> {
  const handle: FileHandle = await openLarge(path, entry);
  try {
    let done = 0;
    while (done < entry.size) {
      const buffer = Buffer.allocUnsafe(Math.min(SMALL, entry.size - done));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, (start ?? 0) + done);
      if (bytesRead === 0) throw damaged(entry, sizeProblem(entry, done));
      done += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    if (start === undefined && (await handle.stat()).size !== done)
      throw damaged(entry, sizeProblem(entry, (await handle.stat()).size));
  } finally {
    await handle.close();
  }
}

async function openLarge(path: string, entry: Entry): Promise<FileHandle> {
  try {
    return await open(fsPath(path), READ_FLAGS);
  } catch (error) {
    throw readError(entry, error);
  }
}

function reading<T>(entry: Entry, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw readError(entry, error);
  }
}

/** Something else at the path than the index says; a file that may not be read is its caller's to handle. */
export function readError(entry: Entry, error: unknown): unknown {
  if (!isSystemError(error, "ENOENT", "ENOTDIR", "EISDIR", "ELOOP", "ENXIO")) return error;
  return damaged(entry, `can not be read: ${error.code}`, error);
}

function sizeProblem({ size }: Entry, actual: number): string {
  return actual > size ? `has more than ${size} bytes` : `has ${actual} bytes instead of ${size}`;
}

function damaged(entry: Entry, problem: string, cause?: unknown): TareError {
  return new TareError("integrity-store", `${entry.path} in the store ${problem}`, {
    hint: "something else has changed the store, or its disk is failing: remove the image, run `tare prune -a` and build again",
    cause,
  });
}
