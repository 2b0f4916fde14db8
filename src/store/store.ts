import { mkdir } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";
import { diskError, lock, uniqueName } from "../base/index.ts";
import { type BlobStore, openBlobStore } from "../blob/index.ts";
import { type Platform, platformOf } from "../oci/index.ts";
import { type BuildRecords, openBuildRecords } from "./build-records.ts";
import { type CacheMountTar, fillFromTar, type IncomingTar, readCacheMount } from "./cache-mount-tar.ts";
import { type CacheDirectory, openCacheMount, type WantedCache } from "./cache-mounts.ts";
import { type ContainerStore, openContainerStore } from "./containers.ts";
import { foldersOf, makeFolders } from "./folders.ts";
import { type ImageStore, openImageStore } from "./images.ts";
import { type KeyStore, openKeyStore } from "./keys.ts";
import { type LayerStore, openLayerStore } from "./layers.ts";
import { type Lease, removeDeadLeases, takeLease } from "./lease.ts";
import { type PruneOptions, type PruneReport, prune } from "./prune.ts";
import { removeTree } from "./remove-tree.ts";
import { syncFileSystem } from "./sync.ts";
import { storeUsage, type UsageItem } from "./usage.ts";
import { openVolumeStore, type VolumeStore } from "./volumes.ts";

/** Everything that Tare keeps between two runs. Any number of processes may use one store at once. */
export interface Store {
  readonly root: string;
  readonly blobs: BlobStore;
  readonly layers: LayerStore;
  readonly images: ImageStore;
  readonly keys: KeyStore;
  readonly builds: BuildRecords;
  readonly containers: ContainerStore;
  readonly volumes: VolumeStore;
  /** Says that `what` uses the store, until disposed or dead: nothing is pruned meanwhile. Waits for a prune. */
  hold(what: string): Promise<Lease>;
  /** Forgets holders of this pid namespace that were killed, so that the engine need not wait for them to be stale. */
  forgetDead(): Promise<void>;
  /** Writes what is there to the disk, so that a layer that is settled later has less to wait for. */
  flush(): Promise<void>;
  /** A folder for temporary files on the store's file system; removed when disposed. */
  scratch(): Promise<Scratch>;
  /** One holder at a time for a name, among all processes; for work that should be done once. `waits`: it is another's turn. */
  exclusive(name: string, signal: AbortSignal, waits?: () => void): Promise<Disposable>;
  /** The directory of a cache mount, in use until disposed. */
  cacheMount(wanted: WantedCache, signal: AbortSignal): Promise<CacheDirectory>;
  /** What is in a cache mount, in use until disposed; undefined when there is none. */
  readCacheMount(id: string, signal: AbortSignal): Promise<CacheMountTar | undefined>;
  /** Fills the empty directory of a new cache mount; `integrity-*`, and then it is empty still. */
  fillCacheMount(path: string, tar: IncomingTar): Promise<void>;
  prune(options: PruneOptions): Promise<PruneReport>;
  /** What takes space, and who needs it. */
  usage(): Promise<readonly UsageItem[]>;
}

export interface Scratch extends AsyncDisposable {
  readonly path: string;
}

export interface StoreOptions {
  /** Whether this process lives in a user namespace, where overlayfs marks are `user.*`. */
  readonly userNamespace?: boolean;
  /** Which image of several a name means where nobody says; default this machine's. */
  readonly host?: Platform;
}

/** Opens the store at `root`, made if it is not there. Cheap: nothing is read until it is asked for. */
export async function openStore(
  root: string,
  { userNamespace = false, host = platformOf(arch()) }: StoreOptions = {},
): Promise<Store> {
  const folders = foldersOf(root);
  await makeFolders(folders);
  const blobs = openBlobStore(folders.blobs, folders.tmp);
  const builds = openBuildRecords(folders.builds, folders.tmp);
  const images = openImageStore(folders, blobs, { builds, host });
  const keys = openKeyStore(folders.keys, folders.tmp);
  const containers = openContainerStore(folders);
  const volumes = openVolumeStore(folders);
  const scratch = async () => {
    const path = join(folders.tmp, uniqueName());
    await mkdir(path, { mode: 0o711 }).catch((error: unknown) => {
      throw diskError(error, path);
    });
    return { path, [Symbol.asyncDispose]: () => removeTree(path) };
  };
  return {
    root,
    blobs,
    images,
    keys,
    builds,
    containers,
    volumes,
    layers: openLayerStore({ folders, blobs, userNamespace }),
    hold: (what) => takeLease(folders.leases, what),
    forgetDead: () => removeDeadLeases(folders.leases),
    exclusive: (name, signal, waits) => lock(join(folders.locks, name), "exclusive", signal, waits),
    cacheMount: (wanted, signal) => openCacheMount(folders, wanted, signal),
    readCacheMount: (id, signal) => readCacheMount(folders, id, signal),
    async fillCacheMount(path, tar) {
      await using place = await scratch();
      await fillFromTar(path, tar, { scratch: place.path, userNamespace });
    },
    flush: () => syncFileSystem(folders.tmp),
    scratch,
    usage: () => storeUsage({ folders, blobs, images, keys, containers, volumes }),
    prune: (options) => prune({ folders, blobs, images, keys, builds, volumes }, options),
  };
}
