import type { Digest } from "../base/index.ts";
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
 * that is given. BuildKit's stand in the image's own index, and older ones name it in an annotation alone
 * (docs/attestations/attestation-storage.md). `integrity-*` when what the layout says can not be.
 */
export async function findReferrers(
  reader: LayoutReader,
  { subject, artifactType }: { readonly subject: Digest; readonly artifactType?: string },
): Promise<readonly FoundReferrer[]> {
  const index = parseObject<Index>((await reader.file("index.json")) as Uint8Array, "index.json");
  const all = await flatten(reader, descriptorsOf(index.manifests, "index.json"));
  const lines = all.filter((line) => line.mediaType === MEDIA_TYPE.manifest && line.digest !== subject);
  const distinct = [...new Map(lines.map((line) => [line.digest, line])).values()];
  const found = await Promise.all(distinct.map((line) => referrerAt(reader, { line, subject })));
  return found.flatMap((referrer) =>
    referrer && (artifactType === undefined || referrer.artifactType === artifactType) ? [referrer] : [],
  );
}

async function referrerAt(
  reader: LayoutReader,
  { line, subject }: { readonly line: Descriptor; readonly subject: Digest },
): Promise<FoundReferrer | undefined> {
  const what = `manifest ${line.digest}`;
  const manifest = parseObject<Manifest>(await collectBlob(reader, line), what);
  const about = manifest.subject?.digest ?? line.annotations?.["vnd.docker.reference.digest"];
  if (about !== subject) return undefined;
  const [config] = descriptorsOf([manifest.config], what);
  return {
    artifactType: manifest.artifactType ?? (config as Descriptor).mediaType,
    descriptor: line,
    layers: descriptorsOf(manifest.layers, what),
  };
}
