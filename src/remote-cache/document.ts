import type { Digest } from "../base/index.ts";
import type { Descriptor } from "../oci/index.ts";

/** Media types of a cache that is an artifact of its own (docs/cache.md). */
export const CACHE_TYPE = {
  artifact: "application/vnd.tare.cache.v1",
  config: "application/vnd.tare.cache.config.v1+json",
} as const;

/** The field of an image's config that holds the cache of type `inline`. */
export const INLINE_FIELD = "tare.cache.v1";

/** What a cache says: the config of the artifact, or a field of an image's config. Digests only, never what was digested. */
export interface CacheDocument {
  readonly version: 1;
  /** In the order of the manifest's layers. */
  readonly layers: readonly LayerFacts[];
  readonly results: readonly ResultFacts[];
  readonly shortcuts: readonly ShortcutFacts[];
}

/** A layer of a cache. */
export interface LayerFacts {
  /** Digest of the uncompressed tar. In an image's config it is told by the image. */
  readonly diffId?: Digest;
  /** Sum of the sizes of its files, bytes. */
  readonly size: number;
  /** Bytes of the uncompressed tar. */
  readonly tarSize: number;
}

/** What came of a step. */
export interface ResultFacts {
  /** Digest of all that the step depends on. */
  readonly key: Digest;
  /** Places in the list of layers, bottom first. */
  readonly layers: readonly number[];
  /** When each of them was made, milliseconds since 1970. */
  readonly created: readonly number[];
  readonly comments?: readonly string[];
}

/** A key by definitions leads to a key by content: that is the same data with these fields in it, so it can be checked. */
export interface ShortcutFacts {
  readonly from: Digest;
  readonly to: Digest;
  readonly fields: ShortcutFields;
}

export interface ShortcutFields {
  /** Digests of what a step takes of its sources. */
  readonly content?: readonly (Digest | null)[];
  /** Digest of the lock that a recipe was resolved to. */
  readonly lock?: Digest;
}

/** A layer of a cache, with where its bytes are. */
export interface LocatedLayer extends LayerFacts {
  readonly diffId: Digest;
  readonly descriptor: Descriptor;
}

/** The same cache always gives the same bytes, in whatever order its records were found. */
export function encodeDocument(document: CacheDocument): Uint8Array {
  const sorted = {
    version: document.version,
    layers: document.layers,
    results: [...document.results].sort((a, b) => compare(a.key, b.key)),
    shortcuts: [...document.shortcuts].sort((a, b) => compare(a.from, b.from)),
  };
  return Buffer.from(JSON.stringify(sorted));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
