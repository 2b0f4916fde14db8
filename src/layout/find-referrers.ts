import { type Digest, mapConcurrent } from "../base/index.ts";
import { type Descriptor, type Index, type Manifest, MEDIA_TYPE } from "../oci/index.ts";
import { collectBlob, descriptorsOf, parseObject } from "./documents.ts";
import type { LayoutReader } from "./reader.ts";
import { flatten } from "./select.ts";

/** A document about an image, found in a layout. */
export interface FoundReferrer {
  readonly artifactType: string;
  /** Of its manifest. */
  readonly descriptor: Descriptor;
  /** The documents; their bytes are in the reader's `blob`. */
  readonly layers: readonly Descriptor[];
}

/**
 * The documents about the manifest `subject` that the index of a layout has, in its order; of one artifact type when
 * that is given. `integrity-*` when what the layout says can not be.
 */
export async function findReferrers(
  reader: LayoutReader,
  { subject, artifactType }: { readonly subject: Digest; readonly artifactType?: string },
): Promise<readonly FoundReferrer[]> {
  const found = (await layoutReferrers(reader)).get(subject) ?? [];
  return found.filter((referrer) => artifactType === undefined || referrer.artifactType === artifactType);
}

/**
 * The same of all manifests that there are documents about. BuildKit's stand in the image's own index, and older ones name it
 * in an annotation alone (docs/attestations/attestation-storage.md).
 */
export async function layoutReferrers(
  reader: LayoutReader,
): Promise<ReadonlyMap<Digest, readonly FoundReferrer[]>> {
  const index = parseObject<Index>((await reader.file("index.json")) as Uint8Array, "index.json");
  const all = await flatten(reader, descriptorsOf(index.manifests, "index.json"));
  const lines = all.filter((line) => line.mediaType === MEDIA_TYPE.manifest);
  const distinct = [...new Map(lines.map((line) => [line.digest, line])).values()];
  const read = await mapConcurrent(distinct, AT_ONCE, (line) => referrerAt(reader, line));
  const found = new Map<Digest, FoundReferrer[]>();
  for (const { subject, referrer } of read.filter((one) => one !== undefined)) {
    const known = found.get(subject);
    if (known) known.push(referrer);
    else found.set(subject, [referrer]);
  }
  return found;
}

const AT_ONCE = 8;

/** Undefined for a manifest that is about no other one. */
async function referrerAt(
  reader: LayoutReader,
  line: Descriptor,
): Promise<{ readonly subject: Digest; readonly referrer: FoundReferrer } | undefined> {
  const what = `manifest ${line.digest}`;
  const manifest = parseObject<Manifest>(await collectBlob(reader, line), what);
  const subject = manifest.subject?.digest ?? line.annotations?.["vnd.docker.reference.digest"];
  if (subject === undefined || subject === line.digest) return undefined;
  const [config] = descriptorsOf([manifest.config], what);
  const referrer = {
    artifactType: manifest.artifactType ?? (config as Descriptor).mediaType,
    descriptor: line,
    layers: descriptorsOf(manifest.layers, what),
  };
  return { subject: subject as Digest, referrer };
}
