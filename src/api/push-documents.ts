import { collectBytes, type Digest } from "../base/index.ts";
import { describeReferrer, type LayoutBlob } from "../layout/index.ts";
import { canonicalName, type Descriptor } from "../oci/index.ts";
import { pushReferrer } from "../registry/index.ts";
import { type SbomFormat, sbomWords } from "../sbom/index.ts";
import { sendBytes } from "./push-image.ts";
import type { PushTarget } from "./push-layer.ts";
import { describeImage } from "./sbom.ts";
import type { StoreChoice } from "./store-choice.ts";

/** Documents that go with an image into its registry. */
export interface DocumentsToPush extends StoreChoice {
  readonly target: PushTarget;
  /** Of the image's manifest, which is in the registry. */
  readonly subject: Descriptor;
  readonly formats: readonly SbomFormat[];
}

/**
 * Attaches lists of what is in an image to it, as artifacts that refer to its manifest (OCI distribution-spec, "Pushing
 * Manifests with Subject"); the digests of their manifests.
 */
export async function pushDocuments(
  { target, subject, formats, ...choice }: DocumentsToPush,
  signal: AbortSignal,
): Promise<readonly Digest[]> {
  const { registry, reference } = target;
  const repository = reference.path;
  const pushed: Digest[] = [];
  for (const format of formats) {
    const { mediaType: artifactType, extension } = sbomWords(format);
    const text = await describeImage({ ...choice, image: canonicalName(reference), format }, signal);
    const title = `${repository.split("/").at(-1)}.${extension}`;
    const { blobs, descriptor } = describeReferrer(
      { artifactType, bytes: Buffer.from(text), title },
      subject,
    );
    const { digest } = descriptor;
    for (const blob of blobs)
      if (blob.digest !== digest) await sendBytes(await collectBytes(blob.bytes()), target, signal);
    const bytes = await collectBytes((blobs.at(-1) as LayoutBlob).bytes());
    await pushReferrer(registry, { repository, subject: subject.digest, descriptor, bytes }, signal);
    pushed.push(descriptor.digest);
  }
  return pushed;
}
