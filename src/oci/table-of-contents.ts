import { type Digest, isDigest } from "../base/index.ts";
import type { Descriptor } from "./types.ts";

/**
 * The list of a layer's files that is in its compressed form, so that single files of it can be read: what a manifest
 * says of where it is, and the digest that pins it.
 */
export type TableOfContents =
  /** eStargz: the last member but one of a gzip file; the digest is that of the JSON. */
  | { readonly type: "estargz"; readonly digest: Digest }
  /** zstd:chunked: so many bytes at a place of the layer; the digest is that of its compressed form. */
  | {
      readonly type: "zstd-chunked";
      readonly digest: Digest;
      readonly offset: number;
      readonly length: number;
    };

/** The annotations of a layer's descriptor that say where its table of contents is (eStargz and containers/storage). */
export const TOC_ANNOTATION = {
  estargzDigest: "containerd.io/snapshot/stargz/toc.digest",
  estargzSize: "io.containers.estargz.uncompressed-size",
  zstdDigest: "io.github.containers.zstd-chunked.manifest-checksum",
  zstdPosition: "io.github.containers.zstd-chunked.manifest-position",
  /** Where the tar's own bytes are, which containers/storage asks for. */
  zstdTarSplit: "io.github.containers.zstd-chunked.tarsplit-position",
  // As Podman 4 writes them.
  olderZstdDigest: "io.containers.zstd-chunked.manifest-checksum",
  olderZstdPosition: "io.containers.zstd-chunked.manifest-position",
} as const;

/** The table of contents that a descriptor of a manifest promises; undefined for a layer without, or with an odd one. */
export function tableOfContents({ annotations, size }: Descriptor): TableOfContents | undefined {
  if (typeof annotations !== "object" || annotations === null) return undefined;
  const estargz = digestIn(annotations, TOC_ANNOTATION.estargzDigest);
  if (estargz) return { type: "estargz", digest: estargz };
  const { zstdDigest, zstdPosition, olderZstdDigest, olderZstdPosition } = TOC_ANNOTATION;
  const digest = digestIn(annotations, zstdDigest) ?? digestIn(annotations, olderZstdDigest);
  const position = ownValue(annotations, zstdPosition) ?? ownValue(annotations, olderZstdPosition);
  const [, start, count] = /^(\d{1,15}):(\d{1,15}):\d{1,15}:1$/.exec(String(position)) ?? [];
  if (!digest || start === undefined) return undefined;
  const [offset, length] = [Number(start), Number(count)];
  return offset + length <= size ? { type: "zstd-chunked", digest, offset, length } : undefined;
}

/** Of a descriptor's annotations those that are about its table of contents; undefined when there are none. */
export function tocAnnotations({ annotations }: Descriptor): Descriptor["annotations"] {
  if (typeof annotations !== "object" || annotations === null) return undefined;
  const found = Object.values(TOC_ANNOTATION).flatMap((key) => {
    const value = ownValue(annotations, key);
    return typeof value === "string" ? [[key, value] as const] : [];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

function digestIn(annotations: NonNullable<Descriptor["annotations"]>, key: string): Digest | undefined {
  const value = ownValue(annotations, key);
  return typeof value === "string" && isDigest(value) ? value : undefined;
}

/** Whatever somebody else wrote there. */
function ownValue(annotations: object, key: string): unknown {
  return Object.hasOwn(annotations, key) ? (annotations as Record<string, unknown>)[key] : undefined;
}
