import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { diskError, hexOf, isSystemError, lock, sha256, tryLock } from "../base/index.ts";

/** A directory that outlives builds, while somebody uses it. */
export interface CacheDirectory extends Disposable {
  readonly path: string;
  /** Whether nobody has used it before, so that it is still empty. */
  readonly isNew: boolean;
}

/**
 * The directory of a cache mount. `shared`: everybody at once. `locked`: one after another, this waits for its
 * turn. `private`: whoever finds it in use gets another one of the same id. The locks end with their process.
 */
export async function openCacheMount(
  folders: { readonly cacheMounts: string; readonly locks: string },
  { id, sharing }: { readonly id: string; readonly sharing: "shared" | "private" | "locked" },
  signal: AbortSignal,
): Promise<CacheDirectory> {
  const name = hexOf(sha256(id)).slice(0, 32);
  const lockFile = (number: number) => join(folders.locks, `cache-${name}.${number}`);
  const open = async (number: number, held: Disposable): Promise<CacheDirectory> => {
    try {
      const made = await makeDirectory(join(folders.cacheMounts, name), { id, number });
      return { ...made, [Symbol.dispose]: () => held[Symbol.dispose]() };
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

/** The id stands beside the directories, for people and for `prune`. */
async function makeDirectory(
  folder: string,
  { id, number }: { readonly id: string; readonly number: number },
): Promise<{ readonly path: string; readonly isNew: boolean }> {
  const path = join(folder, String(number));
  await mkdir(folder, { recursive: true, mode: 0o711 });
  await writeFile(join(folder, "id"), id);
  try {
    await mkdir(path, { mode: 0o755 });
    return { path, isNew: true };
  } catch (error) {
    if (isSystemError(error, "EEXIST")) return { path, isNew: false };
    throw error;
  }
}
