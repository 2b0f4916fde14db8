import { blobOf, encodeJson, type LayoutBlob } from "../layout/index.ts";
import { type Descriptor, type Manifest, MEDIA_TYPE } from "../oci/index.ts";
import {
  CACHE_TYPE,
  type CacheDocument,
  encodeDocument,
  type LayerFacts,
  type LocatedLayer,
  type ResultFacts,
  type ShortcutFacts,
} from "./document.ts";

/** What a build has to tell others; layers by the ids of whoever has them. Plain data. */
export interface CacheRecords {
  readonly results: readonly (Omit<ResultFacts, "layers"> & { readonly layers: readonly string[] })[];
  readonly shortcuts: readonly ShortcutFacts[];
}

/** A cache as an artifact, its layers apart. */
export interface CacheArtifact {
  readonly config: LayoutBlob;
  readonly manifest: LayoutBlob;
  /** Of the manifest. */
  readonly descriptor: Descriptor;
}

/** The ids of all layers that records name, each once, in the order in which they are named. */
export function layersOf({ results }: CacheRecords): readonly string[] {
  return [...new Set(results.flatMap(({ layers }) => layers))];
}

/** A layer by the id that records have for it. */
export interface NamedLayer<T extends LayerFacts = LayerFacts> {
  readonly id: string;
  readonly layer: T;
}

/** Records as a document of these layers. A result that needs another layer is left out. */
export function documentOf(
  { results, shortcuts }: CacheRecords,
  layers: readonly NamedLayer[],
): CacheDocument {
  const places = new Map([...layers.entries()].reverse().map(([at, { id }]) => [id, at]));
  return {
    version: 1,
    layers: layers.map(({ layer: { diffId, size, tarSize } }) => ({
      ...(diffId !== undefined && { diffId }),
      size,
      tarSize,
    })),
    results: results
      .filter((result) => result.layers.every((id) => places.has(id)))
      .map((result) => ({ ...result, layers: result.layers.map((id) => places.get(id) as number) })),
    shortcuts,
  };
}

/** The artifact of records and their layers. */
export function describeCache(
  records: CacheRecords,
  layers: readonly NamedLayer<LocatedLayer>[],
): CacheArtifact {
  return describeArtifact(CACHE_TYPE, {
    config: encodeDocument(documentOf(records, layers)),
    layers: layers.map(({ layer }) => layer.descriptor),
  });
}

/** A document with blobs as an artifact (OCI image-spec 1.1, manifest.md, "Guidelines for Artifact Usage"). */
export function describeArtifact(
  type: { readonly artifact: string; readonly config: string },
  parts: { readonly config: Uint8Array; readonly layers: readonly Descriptor[] },
): CacheArtifact {
  const config = blobOf(parts.config);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    artifactType: type.artifact,
    config: { mediaType: type.config, digest: config.digest, size: config.size },
    layers: parts.layers.map(plainDescriptor),
  };
  const blob = blobOf(encodeJson(manifest));
  return {
    config,
    manifest: blob,
    descriptor: { mediaType: MEDIA_TYPE.manifest, digest: blob.digest, size: blob.size },
  };
}

/** Only what is needed of it: who else has described the same bytes may have said more. */
export function plainDescriptor({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
