import type { Digest } from "../base/index.ts";
import type { Descriptor, Platform, Reference } from "../oci/index.ts";
import type { FoundReferrer } from "./find-referrers.ts";
import type { LayoutReader } from "./reader.ts";

/** An image in an archive or a layout. What its documents say is checked, what its layers hold is not. */
export interface ArchivedImage {
  /** Raw. */
  readonly config: Uint8Array;
  /** Bottom first. */
  readonly layers: readonly ArchivedLayer[];
  /** Complete names; none is allowed. */
  readonly names: readonly Reference[];
  /** Of a layout: how it describes its layers. */
  readonly descriptors?: readonly Descriptor[];
  /** Of a layout: the digest of its manifest. */
  readonly manifest?: Digest;
  /** Of a layout: its manifest as it is. */
  readonly manifestBytes?: Uint8Array;
  /** What an index says that it is for: that goes before what its config says. */
  readonly platform?: Platform;
  /** The index that it is one of, when all of its platforms are wanted. */
  readonly index?: Descriptor;
  /** Of a layout: what it was read from. */
  readonly reader?: LayoutReader;
  /** Of a layout: its documents about images, by what they are about; read once for all. */
  readonly referrers?: () => Promise<ReadonlyMap<Digest, readonly FoundReferrer[]>>;
}

/** A layer's bytes where they are, compressed or not. */
export interface ArchivedLayer {
  bytes(): AsyncIterable<Uint8Array>;
}
