import { utimesSync } from "node:fs";
import { readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  diskError,
  ensureDirectory,
  isSystemError,
  readSmallIfExists,
  uniqueName,
  writeFileAtomic,
} from "../base/index.ts";

/** Small JSON files by name. One that is damaged, or is not what it should be, reads as absent. */
export interface Records<T> {
  get(name: string): Promise<T | undefined>;
  put(name: string, value: T): Promise<void>;
  remove(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
}

/** Records that survive a power cut: synced before they are named. What is there already is not written again. */
export function durableRecords<T>(
  folder: string,
  { tmp, check }: { readonly tmp: string; readonly check: (value: unknown) => value is T },
): Records<T> {
  return {
    ...common((name) => join(folder, `${name}.json`), check),
    async put(name, value) {
      const path = join(folder, `${name}.json`);
      const text = JSON.stringify(value);
      if (readSmallIfExists(path)?.equals(Buffer.from(text))) return;
      await writeFileAtomic(path, text, tmp);
    },
    names: () => list(folder),
  };
}

/** Records that tell when somebody last had a use for them. */
export interface UsedRecords extends Records<unknown> {
  /** Says that a record is of use now. Without effect where that can not be written down. */
  touch(name: string): void;
  /** Milliseconds since 1970; undefined when there is none. */
  usedAt(name: string): Promise<number | undefined>;
}

/**
 * Records whose loss costs nothing but time: renamed into place without a sync, in 256 folders. After a
 * power cut one may be empty, which reads as absent.
 */
export function quickRecords(folder: string, tmp: string): UsedRecords {
  const pathOf = (name: string) => join(folder, name.slice(0, 2), `${name}.json`);
  return {
    ...common(pathOf, (value): value is unknown => value !== undefined),
    async put(name, value) {
      const draft = join(tmp, uniqueName());
      try {
        await writeFile(draft, JSON.stringify(value));
        await ensureDirectory(join(folder, name.slice(0, 2)));
        await rename(draft, pathOf(name));
      } catch (error) {
        await rm(draft, { force: true });
        throw diskError(error, pathOf(name));
      }
    },
    touch(name) {
      const now = new Date();
      try {
        utimesSync(pathOf(name), now, now);
      } catch (error) {
        if (!isSystemError(error)) throw error;
      }
    },
    usedAt: (name) => changedAt(pathOf(name)),
    async names() {
      const groups = await readdir(folder);
      return (await Promise.all(groups.map((group) => list(join(folder, group))))).flat();
    },
  };
}

function common<T>(
  pathOf: (name: string) => string,
  check: (value: unknown) => value is T,
): Pick<Records<T>, "get" | "remove"> {
  return {
    async get(name) {
      const bytes = readSmallIfExists(pathOf(name));
      const value = bytes && parseJson(bytes);
      return check(value) ? value : undefined;
    },
    remove: (name) => rm(pathOf(name), { force: true }),
  };
}

/** What a JSON file says; undefined when it is no JSON. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder))
      .filter((name) => name.endsWith(".json"))
      .map((name) => name.slice(0, -".json".length));
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

/** When a file was last changed or touched, milliseconds since 1970; undefined when it is not there. */
export async function changedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
