import { collectBytes, type Digest, unlessDamaged } from "../base/index.ts";
import type { BlobStore } from "../blob/index.ts";
import {
  type Descriptor,
  indexLines,
  isDescriptor,
  isImageLine,
  isTexts,
  type KeptIndex,
  type KeptManifest,
  MEDIA_TYPE,
  readJsonObject,
} from "../oci/index.ts";

/**
 * An index that was kept as it was found, with the documents in it; undefined when it is not there any more, or not all of
 * its indexes are.
 */
export async function readKeptIndex(blobs: BlobStore, digest: Digest): Promise<KeptIndex | undefined> {
  const root = await readJson(blobs, digest);
  if (!root) return undefined;
  const nested: KeptManifest[] = [];
  const found = await indexLines(descriptorsOf(root.json.manifests), async (line) => {
    const index = await readJson(blobs, line.digest);
    if (index) nested.push({ descriptor: line, bytes: index.bytes, blobs: [] });
    return descriptorsOf(index?.json.manifests);
  });
  if (nested.length < found.indexes.length) return undefined;
  const ordered = found.indexes.map(({ digest: own }) =>
    nested.find(({ descriptor }) => descriptor.digest === own),
  );
  const { mediaType, annotations } = root.json;
  return {
    descriptor: {
      mediaType: typeof mediaType === "string" ? mediaType : MEDIA_TYPE.index,
      digest,
      size: root.bytes.length,
    },
    bytes: root.bytes,
    blobs: [],
    annotations: isTexts(annotations) ? annotations : undefined,
    indexes: ordered.filter((one) => one !== undefined),
    lines: found.lines,
    documents: await readDocuments(blobs, found.lines),
  };
}

/**
 * All blobs that belong to an index: documents, the manifests of its images, and of the images with the manifests `own` the
 * layers as they came.
 */
export async function blobsOfIndex(
  blobs: BlobStore,
  kept: KeptIndex,
  own: ReadonlySet<Digest | undefined>,
): Promise<readonly Digest[]> {
  const found: Digest[] = [
    kept.descriptor.digest,
    ...kept.indexes.map(({ descriptor }) => descriptor.digest),
    ...[...kept.documents.values()].flatMap((document) => document.blobs.map((blob) => blob.digest)),
  ];
  for (const line of kept.lines) {
    found.push(line.digest);
    if (!isImageLine(line) || !own.has(line.digest)) continue;
    const manifest = await unlessDamaged(() => readJson(blobs, line.digest));
    for (const { digest } of descriptorsOf(manifest?.json.layers)) found.push(digest);
  }
  return found;
}

async function readDocuments(
  blobs: BlobStore,
  lines: readonly Descriptor[],
): Promise<KeptIndex["documents"]> {
  const found = new Map<Digest, KeptManifest>();
  for (const line of lines) {
    const document = isImageLine(line) ? undefined : await readDocument(blobs, line);
    if (document) found.set(line.digest, document);
  }
  return found;
}

/** Undefined where it is not all here, or is something else that the store has under that digest. */
async function readDocument(blobs: BlobStore, line: Descriptor): Promise<KeptManifest | undefined> {
  const { json, bytes } = (await readJson(blobs, line.digest)) ?? {};
  if (!bytes || !Array.isArray(json?.layers)) return undefined;
  const named: readonly unknown[] = [...json.layers, json.config];
  const own = descriptorsOf(named);
  if (own.length < named.length) return undefined;
  for (const { digest } of own) if (!(await blobs.has(digest))) return undefined;
  return {
    descriptor: line,
    bytes,
    blobs: own.map(({ digest, size }) => ({ digest, size, bytes: () => blobs.get(digest) })),
  };
}

/** Undefined for what is not here, and for what is no JSON object: a line of an index may name any bytes. */
async function readJson(
  blobs: BlobStore,
  digest: Digest,
): Promise<{ readonly bytes: Uint8Array; readonly json: Readonly<Record<string, unknown>> } | undefined> {
  const size = await blobs.size(digest);
  if (size === undefined || size > MOST_JSON) return undefined;
  const bytes = await collectBytes(blobs.get(digest));
  const read = readJsonObject(bytes);
  return "value" in read ? { bytes, json: read.value as Readonly<Record<string, unknown>> } : undefined;
}

/** Bytes; registries and archives are not believed more. */
const MOST_JSON = 16 << 20;

/** Where it is about something else it has no such lists. */
function descriptorsOf(value: unknown): readonly Descriptor[] {
  return Array.isArray(value) ? value.filter(isDescriptor) : [];
}
