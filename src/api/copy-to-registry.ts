import { type Digest, mapConcurrent } from "../base/index.ts";
import type { Descriptor, Reference } from "../oci/index.ts";
import {
  hasBlob,
  manifestDigest,
  mountBlob,
  pushBlob,
  pushManifest,
  type Registry,
} from "../registry/index.ts";
import type { CopyPlan } from "./copy-plan.ts";
import type { CopySource } from "./copy-source.ts";
import { countedBytes } from "./counted-bytes.ts";
import type { PushedLayer, PushTarget } from "./push-layer.ts";

/** What a copy tells of its way. */
export interface CopyProgress {
  readonly onBytes: (count: number) => void;
}

const AT_ONCE = 4;

/**
 * Puts an image into a registry as it is: blobs that are there are not read, those of another repository of the same
 * registry are mounted, then manifests, the one with the name last. False when the name led there before.
 */
export async function copyToRegistry(
  { root, manifests, blobs }: CopyPlan,
  { source, target, onBytes }: CopyProgress & { readonly source: CopySource; readonly target: PushTarget },
  signal: AbortSignal,
): Promise<boolean> {
  const { registry, reference } = target;
  const name = { repository: reference.path, reference: reference.tag ?? root.descriptor.digest };
  if ((await manifestDigest(registry, name, signal)) === root.descriptor.digest) return false;
  await mapConcurrent(blobs, AT_ONCE, (descriptor) =>
    copyBlob(descriptor, { source, target, onBytes }, signal),
  );
  for (const manifest of manifests.filter((one) => one !== root))
    await putManifest(
      manifest,
      { registry, repository: reference.path, name: manifest.descriptor.digest },
      signal,
    );
  await putManifest(root, { registry, repository: reference.path, name: name.reference }, signal);
  return true;
}

async function putManifest(
  { descriptor: { mediaType }, bytes }: CopyPlan["root"],
  {
    registry,
    repository,
    name,
  }: { readonly registry: Registry; readonly repository: string; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  await pushManifest(registry, { repository, reference: name, mediaType, bytes }, signal);
}

/** Sees to it that a repository has a blob, which is read only when there is no other way. */
export async function copyBlob(
  descriptor: Descriptor,
  {
    source,
    target,
    onBytes,
  }: CopyProgress & { readonly source: Pick<CopySource, "reference" | "blob">; readonly target: PushTarget },
  signal: AbortSignal,
): Promise<PushedLayer> {
  const { registry, reference } = target;
  const blob = { repository: reference.path, digest: descriptor.digest };
  if (await hasBlob(registry, blob, signal)) return { descriptor, outcome: "exists" };
  const from = await mounted(descriptor.digest, { from: source.reference, target }, signal);
  if (from !== undefined) return { descriptor, outcome: "mounted", from };
  const bytes = (offset: number) => countedBytes(behind(source.blob(descriptor), offset), onBytes);
  await pushBlob(registry, { ...blob, descriptor, bytes }, signal);
  return { descriptor, outcome: "pushed" };
}

/** The repository that a blob was mounted from; undefined when it has to be sent. */
async function mounted(
  digest: Digest,
  { from, target }: { readonly from: Reference | undefined; readonly target: PushTarget },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { registry, reference } = target;
  if (from?.domain !== reference.domain || from.path === reference.path) return undefined;
  const isMounted = await mountBlob(
    registry,
    { repository: reference.path, from: from.path, digest },
    signal,
  );
  return isMounted ? from.path : undefined;
}

/** The bytes from an offset on; those before it are read, for only the whole can be verified. */
async function* behind(bytes: AsyncIterable<Uint8Array>, offset: number): AsyncGenerator<Uint8Array> {
  let left = offset;
  for await (const chunk of bytes) {
    if (left < chunk.length) yield left > 0 ? chunk.subarray(left) : chunk;
    left = Math.max(0, left - chunk.length);
  }
}
