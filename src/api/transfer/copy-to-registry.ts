import { mapConcurrent } from "../../base/index.ts";
import type { Descriptor } from "../../oci/index.ts";
import { manifestDigest, pushManifest, type Registry } from "../../registry/index.ts";
import type { CopyPlan } from "./copy-plan.ts";
import type { CopySource } from "./copy-source.ts";
import type { PushedLayer, PushTarget } from "./push-layer.ts";
import { sendBlob } from "./send-blob.ts";

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

/** Sees to it that a repository has a blob of another place. */
export async function copyBlob(
  descriptor: Descriptor,
  {
    source,
    ...way
  }: CopyProgress & { readonly source: Pick<CopySource, "reference" | "blob">; readonly target: PushTarget },
  signal: AbortSignal,
): Promise<PushedLayer> {
  const { digest, size } = descriptor;
  const blob = { digest, size, from: source.reference, bytes: () => source.blob(descriptor) };
  return { descriptor, ...(await sendBlob(blob, way, signal)) };
}
