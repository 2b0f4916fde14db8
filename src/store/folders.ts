import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { diskError, ensureDirectory, isSystemError, TareError } from "../base/index.ts";

/** The store's folders, complete paths. */
export interface Folders {
  readonly root: string;
  readonly blobs: string;
  readonly layers: string;
  readonly images: string;
  readonly refs: string;
  readonly keys: string;
  readonly builds: string;
  readonly contexts: string;
  readonly cacheMounts: string;
  readonly packages: string;
  readonly containers: string;
  readonly volumes: string;
  readonly leases: string;
  readonly locks: string;
  readonly tmp: string;
}

const NAMES = {
  blobs: "blobs",
  layers: "layers",
  images: "images",
  refs: "refs",
  keys: "keys",
  builds: "builds",
  contexts: "contexts",
  cacheMounts: "cache-mounts",
  packages: "packages",
  containers: "containers",
  volumes: "volumes",
  leases: "leases",
  locks: "locks",
  tmp: "tmp",
} as const;

export function foldersOf(root: string): Folders {
  const paths = Object.fromEntries(
    Object.entries(NAMES).map(([key, name]) => [key, join(root, name)]),
  ) as unknown as Omit<Folders, "root">;
  return { root, ...paths };
}

/** Makes what is missing; only its owner may look into the store, because images may hold secrets. */
export async function makeFolders(folders: Folders): Promise<void> {
  try {
    if (Object.values(folders).every((path) => existsSync(path))) return;
    await ensureDirectory(folders.root, 0o700);
    await Promise.all(Object.keys(NAMES).map((key) => makeOne(folders[key as keyof typeof NAMES])));
  } catch (error) {
    if (isSystemError(error, "EEXIST", "ENOTDIR"))
      throw new TareError("environment-disk", `the store ${folders.root} is not a folder`, {
        hint: "remove the file that is in its place, or set TARE_ROOT to another folder",
        cause: error,
      });
    throw diskError(error, folders.root);
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o711 });
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw error;
  }
}
