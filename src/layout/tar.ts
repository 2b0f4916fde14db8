import { encodeTarHeader, PLAIN_FILE, TAR_END, tarPadding } from "../archive/index.ts";
import { exactly, throwIfCancelled } from "../base/index.ts";
import { blobPath, encodeJson } from "./blob.ts";
import type { LayoutBlob, LayoutFiles } from "./image.ts";

/** What `oci-layout` says (OCI image-spec, image-layout.md, "oci-layout file"). */
export const LAYOUT_VERSION: Uint8Array = encodeJson({ imageLayoutVersion: "1.0.0" });

/**
 * A layout as one uncompressed tar. The small files that say what is in it stand first, so that a
 * reader of the stream knows what to expect; times are 0 and owners root. `integrity-archive` when a
 * blob has another size than it should.
 */
export async function* layoutTar(layout: LayoutFiles, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (const { head, blob } of layoutPieces(layout)) {
    yield head;
    if (!blob) continue;
    for await (const chunk of wholeBlob(blob)) {
      throwIfCancelled(signal);
      yield chunk;
    }
    yield tarPadding(blob.size);
  }
}

/** A piece of a layout's tar: `head`, then the bytes of `blob` and padding. */
export interface LayoutPiece {
  /** Where in the tar it begins. */
  readonly position: number;
  readonly head: Uint8Array;
  readonly blob?: LayoutBlob;
}

/** What `layoutTar` consists of, in its order. */
export function layoutPieces(layout: LayoutFiles): readonly LayoutPiece[] {
  let position = 0;
  return unplacedPieces(layout).map((piece) => {
    const placed = { ...piece, position };
    position += piece.head.length + (piece.blob ? piece.blob.size + tarPadding(piece.blob.size).length : 0);
    return placed;
  });
}

function unplacedPieces({
  index,
  dockerManifest,
  blobs,
}: LayoutFiles): readonly Omit<LayoutPiece, "position">[] {
  return [
    { head: smallFile("oci-layout", LAYOUT_VERSION) },
    { head: smallFile("index.json", encodeJson(index)) },
    ...(dockerManifest ? [{ head: smallFile("manifest.json", dockerManifest) }] : []),
    ...["blobs/", "blobs/sha256/"].map((name) => ({
      head: encodeTarHeader({ ...PLAIN_FILE, name, type: "dir", mode: 0o755 }),
    })),
    ...blobs.map((blob) => ({
      head: encodeTarHeader({ ...PLAIN_FILE, name: blobPath(blob.digest), size: blob.size }),
      blob,
    })),
    { head: TAR_END },
  ];
}

/** A blob's bytes; `integrity-archive` when they are more or fewer than they should be. */
export function wholeBlob({ digest, size, bytes }: LayoutBlob): AsyncIterable<Uint8Array> {
  const hint = "run `tare prune` and build again: the local store has damaged data";
  return exactly(bytes(), { size, what: `blob ${digest}`, hint });
}

function smallFile(name: string, bytes: Uint8Array): Uint8Array {
  const header = encodeTarHeader({ ...PLAIN_FILE, name, size: bytes.length });
  return Buffer.concat([header, bytes, tarPadding(bytes.length)]);
}
