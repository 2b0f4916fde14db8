import type { Digest } from "../base/index.ts";
import type { Descriptor } from "../oci/index.ts";
import type { Entry } from "./entry.ts";

/** A stream of bytes that can be asked for again by calling its source again. */
export type Bytes = AsyncIterable<Uint8Array>;

/** The entries of one layer, sorted by `comparePaths`, at most one for a path. */
export interface LayerIndex {
  readonly entries: readonly Entry[];
}

/** One layer in either form. Re-readable and immutable; everything is computed on demand and remembered. */
export interface Layer {
  /** The descriptor of the layer's gzip form, made on demand. */
  descriptor(): Promise<Descriptor>;
  /** Digest of the uncompressed tar. */
  diffId(): Promise<Digest>;
  index(): Promise<LayerIndex>;
  /** A file's content. `integrity-*` when it is not there or has another size than the index says. */
  read(entry: Entry): Bytes;
}
