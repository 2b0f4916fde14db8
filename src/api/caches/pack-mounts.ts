import { gzip } from "../../archive/index.ts";
import { type Digest, hashing, withoutGarbage } from "../../base/index.ts";
import { type BlobStore, openBlobStore } from "../../blob/index.ts";
import { openStore } from "../../store/index.ts";

/** Cache mounts to bring into the form in which they travel; plain, so that it can cross to the engine. */
export interface PackJob {
  readonly root: string;
  /** Where their blobs go: a folder of their own, for a blob of the store may be somebody else's as well. */
  readonly folder: string;
  readonly ids: readonly string[];
  readonly userNamespace: boolean;
}

/** A cache mount as a compressed tar, a blob of the folder. */
export interface PackedMount {
  readonly id: string;
  readonly diffId: Digest;
  /** Bytes of the uncompressed tar. */
  readonly tarSize: number;
  /** Of the blob. */
  readonly digest: Digest;
  readonly size: number;
}

/** The blobs of mounts that were packed into a folder. */
export function packedBlobs(folder: string): BlobStore {
  return openBlobStore(folder, folder);
}

/** Packs those of the mounts that there are, each when nobody uses it. */
export async function packMounts(
  { root, folder, ids, userNamespace }: PackJob,
  signal: AbortSignal,
): Promise<readonly PackedMount[]> {
  const store = await openStore(root, { userNamespace });
  const blobs = packedBlobs(folder);
  const packed: PackedMount[] = [];
  for (const id of ids) {
    using mount = await store.readCacheMount(id, signal);
    if (!mount) continue;
    let diffId: Digest | undefined;
    const tar = hashing(withoutGarbage(mount.tar()), (found) => {
      diffId = found;
    });
    const blob = await blobs.put(gzip(tar));
    packed.push({ id, diffId: diffId as Digest, tarSize: mount.tarSize, ...blob });
  }
  return packed;
}
