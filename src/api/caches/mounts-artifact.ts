import { userInfo } from "node:os";
import type { LayoutBlob } from "../../layout/index.ts";
import { MEDIA_TYPE } from "../../oci/index.ts";
import { describeMounts, isLoss, type LocatedMount, openPlace } from "../../remote-cache/index.ts";
import type { Store } from "../../store/index.ts";
import type { BuildJob } from "../build/job.ts";
import type { RegistryAccess } from "../transfer/registry-access.ts";
import type { OutgoingArtifact } from "./cache-to-registry.ts";
import { type PackedMount, type PackJob, packedBlobs, packMounts } from "./pack-mounts.ts";

interface MountsContext {
  readonly job: BuildJob;
  readonly store: Store;
  readonly access: RegistryAccess;
  /** An empty one. */
  readonly folder: string;
}

/**
 * Cache mounts as an artifact; their tars are in the folder then, and have to stay there until it is written. Of a mount that no step has opened
 * here what was imported goes on: a build that had nothing to run takes nothing from others.
 */
export async function mountsArtifact(
  ids: readonly string[],
  context: MountsContext,
  signal: AbortSignal,
): Promise<OutgoingArtifact> {
  const { store, folder } = context;
  const packed = await pack(store, { ids, folder }, signal);
  const blobs = packedBlobs(folder);
  const own = packed.map(({ digest, size, ...mount }) => ({
    mount: { ...mount, descriptor: { mediaType: MEDIA_TYPE.layerGzip, digest, size } },
    blob: { digest, size, bytes: () => blobs.get(digest) },
  }));
  const missing = ids.filter((id) => !packed.some((mount) => mount.id === id));
  const other = await Promise.all(missing.map((id) => elsewhere(id, context, signal)));
  const all = [...own, ...other.filter((one) => one !== undefined)];
  all.sort((a, b) => (a.mount.id < b.mount.id ? -1 : 1));
  return { artifact: describeMounts(all.map(({ mount }) => mount)), blobs: all.map(({ blob }) => blob) };
}

interface OutgoingMount {
  readonly mount: LocatedMount;
  readonly blob: LayoutBlob;
}

/** A mount that was imported; undefined for one that is not, or can not be read any more. */
async function elsewhere(
  id: string,
  { job, access }: MountsContext,
  signal: AbortSignal,
): Promise<OutgoingMount | undefined> {
  for (const { location, mounts } of job.importedMounts ?? []) {
    const mount = mounts.find((one) => one.id === id);
    if (!mount) continue;
    const place = openPlace(location, (reference) => access.registry(reference), signal);
    const { digest, size } = mount.descriptor;
    const bytes = () => place.blob(mount.descriptor);
    if (await isWhole(bytes())) return { mount, blob: { digest, size, bytes } };
  }
  return undefined;
}

/** Read to its end, because it would be too late to find out while it is written. */
async function isWhole(bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  try {
    for await (const _ of bytes);
    return true;
  } catch (error) {
    if (isLoss(error)) return false;
    throw error;
  }
}

/** Here if this process can read what steps have left, else in the engine. */
async function pack(
  store: Store,
  { ids, folder }: Pick<PackJob, "ids" | "folder">,
  signal: AbortSignal,
): Promise<readonly PackedMount[]> {
  const userNamespace = userInfo().uid !== 0;
  const params: PackJob = { root: store.root, folder, ids, userNamespace };
  if (!userNamespace) return packMounts(params, signal);
  const { callEngine } = await import("../../engine/index.ts");
  return (await callEngine({ method: "packMounts", params }, { emit: () => {} }, signal)) as PackedMount[];
}
