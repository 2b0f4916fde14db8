import type { Digest } from "../base/index.ts";
import type { Descriptor, Platform } from "../oci/index.ts";
import type { ImageProvenance } from "../provenance/index.ts";
import type { Entry, Layer } from "../tree/index.ts";
import type { LayerParts } from "./read-parts.ts";
import type { RemoteLayer } from "./remotes.ts";

/** What the store knows of a layer besides its index and bytes; one small JSON file. */
export interface LayerRecord {
  readonly id: string;
  /** `tar`: an uncompressed tar in the blob store (its digest is the diffID). `directory`: what RUN left. */
  readonly form: "tar" | "directory";
  /** Absent in a directory layer that nobody has archived yet. */
  readonly diffId?: Digest;
  /** Sum of the sizes of the layer's files, bytes. */
  readonly size: number;
  /** The gzip form, once somebody has made it; the blob store has it. */
  readonly gzip?: Descriptor;
  /** The boot of the machine in which the gzip form was written; gone once it is known to be on the disk. */
  readonly gzipBoot?: string;
  /** The boot of the machine in which a directory layer was written; gone once it is known to be on the disk. */
  readonly boot?: string;
}

/** A layer in the local store. */
export interface StoredLayer extends Layer {
  readonly id: string;
  readonly form: "tar" | "directory";
  /** Sum of the sizes of its files, bytes. */
  readonly size: number;
  /** Where its bytes are, when it is not said that they are here. */
  readonly elsewhere?: RemoteLayer;
  /** Of one that may be elsewhere: brings it here; `onBytes` is told of what comes meanwhile. */
  fetch?(onBytes: (count: number) => void): Promise<void>;
  /**
   * Of one that may be elsewhere: has these files at hand until disposed, so that reading them one by one does not ask for
   * each by itself.
   */
  bring?(entries: readonly Entry[]): Promise<AsyncDisposable>;
  /**
   * The uncompressed tar, made on the fly for a directory layer; the same bytes every time, or it ends with
   * `integrity-*`. Whoever reads it to the end has `diffId` for nothing.
   */
  tar(): AsyncIterable<Uint8Array>;
  /** Bytes of the tar, without making it. */
  tarSize(): Promise<number>;
  /**
   * A directory that overlayfs can take as lower: whiteouts as 0/0 devices, opaque directories marked.
   * A tar layer is unpacked at the first call, once for all processes; needs the engine.
   */
  directory(): Promise<string>;
  /** Digests of these files' contents by path, computed where nobody has yet, and remembered. */
  contentDigests(entries: readonly Entry[]): Promise<ReadonlyMap<string, Digest>>;
}

/** A layer whose bytes are here, for whoever looks into it. */
export interface LocalLayer extends StoredLayer {
  /** The files, open for whoever looks at a little of many of them. */
  parts(): Promise<LayerParts>;
  /** The compressed form that somebody has made here, as it is described; undefined when nobody has. */
  made(): Promise<Descriptor | undefined>;
  /** Bytes of the compressed form that somebody has made or a registry has; undefined when there is none. */
  compressedSize(): Promise<number | undefined>;
  /** What was noted of the layer and those below it, by name; undefined when nothing was. */
  note(name: string): Promise<Buffer | undefined>;
  /** Notes something that is lost with the layer and can be computed again; what was noted by that name is replaced. */
  keepNote(name: string, bytes: Uint8Array): Promise<void>;
}

/** An image of the local store: a config and the layers that it names. */
export interface ImageRecord {
  /** Digest of the config, which is the image's id. */
  readonly id: Digest;
  /** Ids of layers, bottom first; as many as the config has diffIDs. */
  readonly layers: readonly string[];
  readonly platform: Platform;
  /** Sum of the layers' sizes, bytes. */
  readonly size: number;
  /** Milliseconds since 1970; when the image was made or pulled here. */
  readonly storedAt: number;
  /** Digest of the manifest, once the image was exported or pulled. */
  readonly manifest?: Digest;
  /** Layers, by id, that were left in their registry: what the image that they come from says of them. */
  readonly promised?: Readonly<Record<string, RemoteLayer>>;
  /**
   * The digests of its layers' tables of contents, by their ids, as the manifest names them. What these say of a layer that is
   * not here is believed for this image alone, so they are part of what it is as a base.
   */
  readonly listed?: Readonly<Record<string, Digest>>;
  /** Another manifest of the same image has named others, or none: then none is believed, until the image is removed. */
  readonly isDisputed?: true;
  /** What made its layers, where that is known. */
  readonly provenance?: ImageProvenance;
}
