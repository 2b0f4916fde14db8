import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { readTar } from "../archive/index.ts";
import { createHasher, type Digest, isSystemError, streamOf, TareError } from "../base/index.ts";
import { blobPath } from "./blob.ts";

/** A layout that can be read; of a tar only the places of its members are in memory. */
export interface LayoutReader {
  /** A small file of the layout, such as `index.json`, or undefined when there is none. */
  file(name: string): Promise<Uint8Array | undefined>;
  /** A blob's bytes; the stream ends with `integrity-digest` when they are others than the digest's. */
  blob(digest: Digest): AsyncIterable<Uint8Array>;
}

/**
 * Opens an OCI layout: a folder, or an uncompressed tar of one. `resolve-path` when there is nothing at
 * the path, `integrity-archive` when it is no layout.
 */
export async function openOciLayout(path: string): Promise<LayoutReader> {
  const files = await openFiles(path);
  const reader: LayoutReader = {
    file: (name) => readSmall(files, name),
    blob: (digest) => verified(files.open(blobPath(digest)), digest),
  };
  if (!(await reader.file("oci-layout")) || !(await reader.file("index.json")))
    throw new TareError(
      "integrity-archive",
      `${path} is not an OCI layout: it lacks oci-layout or index.json`,
      {
        hint: "give a folder or an uncompressed tar made with `-o type=oci`, `skopeo copy … oci:` or a recent `docker save`",
      },
    );
  return reader;
}

/** Files by name, in a folder or a tar. */
interface NamedFiles {
  size(name: string): Promise<number | undefined>;
  open(name: string): AsyncIterable<Uint8Array>;
}

const MAX_SMALL = 16 << 20;
const STEP = 1 << 20;

async function openFiles(path: string): Promise<NamedFiles> {
  try {
    return (await stat(path)).isDirectory() ? folderFiles(path) : await tarFiles(path);
  } catch (cause) {
    if (!isSystemError(cause, "ENOENT", "ENOTDIR")) throw cause;
    throw new TareError("resolve-path", `there is no OCI layout at ${path}`, { cause });
  }
}

function folderFiles(folder: string): NamedFiles {
  return {
    size: async (name) => {
      try {
        return (await stat(join(folder, name))).size;
      } catch (error) {
        if (isSystemError(error, "ENOENT")) return undefined;
        throw error;
      }
    },
    open: (name) => opened(join(folder, name), { start: 0 }),
  };
}

async function tarFiles(path: string): Promise<NamedFiles> {
  const places = new Map<string, { readonly start: number; readonly size: number }>();
  for await (const { header, offset } of readTar(opened(path, { start: 0 })))
    if (header.type === "file" && offset !== undefined)
      places.set(header.name.replace(/^\.\//, ""), { start: offset, size: header.size });
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

async function* opened(
  path: string,
  range: { readonly start: number; readonly end?: number },
): AsyncGenerator<Uint8Array> {
  try {
    // Nobody may ever write into a pipe that lies there, and a read that waits for it can not be stopped.
    if (!(await stat(path)).isFile()) throw new TareError("integrity-archive", `${path} is not a file`);
    for await (const chunk of createReadStream(path, { ...range, highWaterMark: STEP }))
      yield chunk as Uint8Array;
  } catch (error) {
    throw isSystemError(error, "ENOENT") ? missing(path) : error;
  }
}

async function readSmall(files: NamedFiles, name: string): Promise<Uint8Array | undefined> {
  const size = await files.size(name);
  if (size === undefined) return undefined;
  if (size > MAX_SMALL)
    throw new TareError("integrity-archive", `${name} of the OCI layout has ${size} bytes`);
  const parts: Uint8Array[] = [];
  for await (const part of files.open(name)) parts.push(part);
  return Buffer.concat(parts);
}

async function* verified(bytes: AsyncIterable<Uint8Array>, digest: Digest): AsyncGenerator<Uint8Array> {
  const hasher = createHasher();
  for await (const chunk of bytes) {
    hasher.update(chunk);
    yield chunk;
  }
  const found = hasher.digest();
  if (found !== digest)
    throw new TareError("integrity-digest", `blob ${digest} of the OCI layout has the digest ${found}`, {
      hint: "the layout is damaged: make or copy it again",
    });
}

function missing(name: string): TareError {
  return new TareError("integrity-archive", `the OCI layout lacks ${name}`);
}
