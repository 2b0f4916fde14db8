import {
  type Annotation,
  type Descriptor,
  type ImageLine,
  indexOfImages,
  type KeptIndex,
} from "../../oci/index.ts";
import { pushManifest } from "../../registry/index.ts";
import type { PushTarget } from "./push-layer.ts";
import { sendBlob } from "./send-blob.ts";

/** An index that was put into a registry. */
export interface SentIndex {
  readonly descriptor: Descriptor;
  /** Documents about its images that were left out. */
  readonly left: number;
}

/**
 * Puts an index of images that are there into a registry, by the name of the target: the one that they were found in when
 * they are the same, with the documents in it.
 */
export async function pushIndex(
  {
    lines,
    target,
    ...how
  }: {
    readonly lines: readonly ImageLine[];
    readonly target: PushTarget;
    readonly annotations: readonly Annotation[];
    readonly kept: KeptIndex | undefined;
  },
  signal: AbortSignal,
): Promise<SentIndex> {
  const { bytes, descriptor, manifests, left } = indexOfImages(lines, how);
  const { registry, reference } = target;
  const repository = reference.path;
  for (const { descriptor: own, bytes: document, blobs } of manifests) {
    for (const blob of blobs) await sendBlob(blob, { target }, signal);
    const { digest, mediaType } = own;
    await pushManifest(registry, { repository, reference: digest, mediaType, bytes: document }, signal);
  }
  const name = { repository, reference: reference.tag ?? descriptor.digest };
  await pushManifest(registry, { ...name, mediaType: descriptor.mediaType, bytes }, signal);
  return { descriptor, left };
}
