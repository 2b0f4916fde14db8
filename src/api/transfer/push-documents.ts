import { collectBytes, type Digest } from "../../base/index.ts";
import { describeReferrer, type LayoutAttachment, type LayoutBlob } from "../../layout/index.ts";
import { canonicalName, type Descriptor, formatPlatform } from "../../oci/index.ts";
import type { BuildParameters } from "../../provenance/index.ts";
import { pushReferrer } from "../../registry/index.ts";
import { type SbomFormat, sbomWords } from "../../sbom/index.ts";
import type { ImageRecord, Store } from "../../store/index.ts";
import { describeImage } from "../analysis/sbom.ts";
import { storedAttachment } from "../build/provenance-document.ts";
import type { StoreChoice } from "../store-choice.ts";
import { sendBytes } from "./push-image.ts";
import type { PushTarget } from "./push-layer.ts";

/** Documents that go with an image into its registry. */
export interface DocumentsToPush extends StoreChoice {
  readonly store: Store;
  readonly record: ImageRecord;
  readonly target: PushTarget;
  /** Of the image's manifest, which is in the registry. */
  readonly subject: Descriptor;
  readonly formats: readonly SbomFormat[];
  /** What the statement of provenance says that the build was asked for; absent: there is to be none. */
  readonly parameters: BuildParameters | undefined;
}

/**
 * Attaches lists of what is in an image to it, and what made its layers, as artifacts that refer to its manifest (OCI
 * distribution-spec, "Pushing Manifests with Subject"); the digests of their manifests. `user-unsupported` when nobody
 * knows what made its layers.
 */
export async function pushDocuments(
  documents: DocumentsToPush,
  signal: AbortSignal,
): Promise<readonly Digest[]> {
  const { target, subject } = documents;
  const { registry, reference } = target;
  const repository = reference.path;
  const pushed: Digest[] = [];
  for (const attachment of [...(await listsOf(documents, signal)), ...(await statementOf(documents))]) {
    const { blobs, descriptor } = describeReferrer(attachment, subject);
    const { digest } = descriptor;
    for (const blob of blobs)
      if (blob.digest !== digest) await sendBytes(await collectBytes(blob.bytes()), target, signal);
    const bytes = await collectBytes((blobs.at(-1) as LayoutBlob).bytes());
    await pushReferrer(registry, { repository, subject: subject.digest, descriptor, bytes }, signal);
    pushed.push(descriptor.digest);
  }
  return pushed;
}

async function listsOf(
  { target, subject: _subject, formats, store: _store, record, ...choice }: DocumentsToPush,
  signal: AbortSignal,
): Promise<readonly LayoutAttachment[]> {
  const { reference } = target;
  const image = canonicalName(reference);
  const platform = formatPlatform(record.platform);
  const lists: LayoutAttachment[] = [];
  for (const format of formats) {
    const { mediaType: artifactType, extension } = sbomWords(format);
    const text = await describeImage({ ...choice, image, platform, format }, signal);
    const title = `${reference.path.split("/").at(-1)}.${extension}`;
    lists.push({ artifactType, bytes: Buffer.from(text), title });
  }
  return lists;
}

async function statementOf({
  store,
  record,
  target,
  parameters,
}: DocumentsToPush): Promise<readonly LayoutAttachment[]> {
  if (parameters === undefined) return [];
  return [await storedAttachment(store, { record, names: [canonicalName(target.reference)], parameters })];
}
