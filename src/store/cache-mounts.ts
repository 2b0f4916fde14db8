import { existsSync } from "node:fs";
import { mkdir, rename, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { diskError, hexOf, lock, sha256, tryLock, uniqueName } from "../base/index.ts";
import type { Folders } from "./folders.ts";
import { removeTree } from "./remove-tree.ts";

/** A directory that outlives builds, while somebody uses it. */
export interface CacheDirectory extends Disposable {
  readonly path: string;
}

/** Which directory of cache mounts is wanted, and what is in it when it is new. */
export interface WantedCache {
  readonly id: string;
  readonly sharing: "shared" | "private" | "locked";
  /** Gets an empty directory. Nobody sees it before this has succeeded. */
  readonly fill: (path: string) => Promise<void>;
}

/**
 * The directory of a cache mount. `shared`: everybody at once. `locked`: one after another, this waits for its
 * turn. `private`: whoever finds it in use gets another one of the same id. The locks end with their process.
 */
export async function openCacheMount(
  folders: Pick<Folders, "cacheMounts" | "locks" | "tmp">,
  { id, sharing, fill }: WantedCache,
  signal: AbortSignal,
): Promise<CacheDirectory> {
  const name = nameOf(id);
  const lockFile = (number: number) => join(folders.locks, `cache-${name}.${number}`);
  const open = async (number: number, held: Disposable): Promise<CacheDirectory> => {
    try {
      using _turn = await lock(`${lockFile(number)}.new`, "exclusive", signal);
      const folder = cacheMountFolder(folders, id);
      const path = await existingDirectory(folder, { id, number, fill, ...folders });
      const now = new Date();
      await utimes(join(folder, "id"), now, now);
      return { path, [Symbol.dispose]: () => held[Symbol.dispose]() };
    } catch (error) {
      held[Symbol.dispose]();
      throw diskError(error, folders.cacheMounts);
    }
  };
  if (sharing !== "private")
    return open(0, await lock(lockFile(0), sharing === "shared" ? "shared" : "exclusive", signal));
  for (let number = 0; ; number++) {
    const held = tryLock(lockFile(number), "exclusive");
    if (held) return open(number, held);
  }
}

/** Where the directories of an id are, `0` the one that is not private. */
export function cacheMountFolder({ cacheMounts }: Pick<Folders, "cacheMounts">, id: string): string {
  return join(cacheMounts, nameOf(id));
}

function nameOf(id: string): string {
  return hexOf(sha256(id)).slice(0, 32);
}

/**
 * The directory, which appears complete or not at all: made in `tmp/`, renamed. The id stands beside it, for people and
 * for `prune`, which sees by its time when the directory was last of use.
 */
async function existingDirectory(
  folder: string,
  {
    id,
    number,
    fill,
    tmp,
  }: Pick<WantedCache, "id" | "fill"> & { readonly number: number; readonly tmp: string },
): Promise<string> {
  const path = join(folder, String(number));
  if (existsSync(path)) return path;
  await mkdir(folder, { recursive: true, mode: 0o711 });
  await writeFile(join(folder, "id"), id);
  const draft = join(tmp, uniqueName());
  try {
    await mkdir(draft, { mode: 0o755 });
    await fill(draft);
    await rename(draft, path);
  } catch (error) {
    await removeTree(draft);
    throw error;
  }
  return path;
}
