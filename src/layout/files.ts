import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { isSystemError, streamOf, TareError, untilCancelled, withoutGarbage } from "../base/index.ts";
import { tarPlaces } from "./tar-places.ts";

/** Files by name, in a folder or a tar. */
export interface NamedFiles {
  /** Bytes; undefined when there is no such file. */
  size(name: string): Promise<number | undefined>;
  /** `integrity-archive` when there is no such file. */
  open(name: string): AsyncIterable<Uint8Array>;
}

/**
 * The files of a folder or an uncompressed tar, of which only the places are in memory. No name leads out: links that
 * would are refused. `resolve-path` when there is nothing at the path, `integrity-archive` for what is no tar.
 */
export async function openFiles(path: string, signal?: AbortSignal): Promise<NamedFiles> {
  try {
    return (await stat(path)).isDirectory() ? folderFiles(path) : await tarFiles(path, signal);
  } catch (cause) {
    if (!isSystemError(cause, "ENOENT", "ENOTDIR")) throw cause;
    throw new TareError("resolve-path", `there is no OCI layout or archive at ${path}`, {
      hint: "check the path",
      cause,
    });
  }
}

const MAX_SMALL = 16 << 20;

/** A small file, or undefined when there is none; `integrity-archive` for one that no reader should take into memory. */
export async function readSmall(files: NamedFiles, name: string): Promise<Uint8Array | undefined> {
  const size = await files.size(name);
  if (size === undefined) return undefined;
  if (size > MAX_SMALL)
    throw new TareError(
      "integrity-archive",
      `${name} of the archive has ${size} bytes, which is no document`,
    );
  const parts: Uint8Array[] = [];
  for await (const part of files.open(name)) parts.push(part);
  return Buffer.concat(parts);
}

function folderFiles(folder: string): NamedFiles {
  return {
    size: async (name) => {
      try {
        return (await stat(await inside(folder, name))).size;
      } catch (error) {
        if (isSystemError(error, "ENOENT")) return undefined;
        throw error;
      }
    },
    open: (name) => openInside(folder, name),
  };
}

async function* openInside(folder: string, name: string): AsyncGenerator<Uint8Array> {
  let path: string;
  try {
    path = await inside(folder, name);
  } catch (error) {
    throw isSystemError(error, "ENOENT") ? missing(name) : error;
  }
  yield* opened(path, { start: 0 });
}

/** The path of a file, links followed; refused when they lead out of the folder. */
async function inside(folder: string, name: string): Promise<string> {
  const [root, path] = [await realpath(folder), await realpath(join(folder, name))];
  if (path.startsWith(root.endsWith(sep) ? root : root + sep)) return path;
  throw new TareError("integrity-archive", `${name} of the archive is a link that leads out of ${folder}`);
}

async function tarFiles(path: string, signal: AbortSignal | undefined): Promise<NamedFiles> {
  const places = await tarPlaces(untilCancelled(opened(path, { start: 0 }), signal));
  return {
    size: async (name) => places.get(name)?.size,
    open: (name) => {
      const place = places.get(name);
      if (!place) throw missing(name);
      return place.size === 0
        ? streamOf()
        : opened(path, { start: place.start, end: place.start + place.size - 1 });
    },
  };
}

const STEP = 256 << 10;

async function* opened(
  path: string,
  range: { readonly start: number; readonly end?: number },
): AsyncGenerator<Uint8Array> {
  try {
    // Nobody may ever write into a pipe that lies there, and a read that waits for it can not be stopped.
    const found = await stat(path);
    if (!found.isFile()) throw new TareError("integrity-archive", `${path} is not a file`);
    const { start, end = found.size - 1 } = range;
    const highWaterMark = Math.max(1, Math.min(STEP, end - start + 1));
    for await (const chunk of withoutGarbage(createReadStream(path, { ...range, highWaterMark })))
      yield chunk as Uint8Array;
  } catch (error) {
    throw isSystemError(error, "ENOENT") ? missing(path) : error;
  }
}

function missing(name: string): TareError {
  return new TareError("integrity-archive", `the archive lacks ${name}`, {
    hint: "it is not complete: make or copy it again",
  });
}
