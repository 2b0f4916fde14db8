import { encodeTarHeader, TAR_END, type TarHeader, tarPadding } from "../archive/index.ts";
import { TareError, throwIfCancelled } from "../base/index.ts";
import { blobPath, encodeJson } from "./blob.ts";
import type { Layout } from "./image.ts";

/** What `oci-layout` says (OCI image-spec, image-layout.md, "oci-layout file"). */
export const LAYOUT_VERSION: Uint8Array = encodeJson({ imageLayoutVersion: "1.0.0" });

/**
 * A layout as one uncompressed tar. The small files that say what is in it stand first, so that a
 * reader of the stream knows what to expect; times are 0 and owners root. `integrity-archive` when a
 * blob has another size than it should.
 */
export async function* layoutTar(layout: Layout, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  yield* smallFile("oci-layout", LAYOUT_VERSION);
  yield* smallFile("index.json", encodeJson(layout.index));
  if (layout.dockerManifest) yield* smallFile("manifest.json", layout.dockerManifest);
  for (const name of ["blobs/", "blobs/sha256/"])
    yield encodeTarHeader({ ...MEMBER, name, type: "dir", mode: 0o755 });
  for (const blob of layout.blobs) {
    yield encodeTarHeader({ ...MEMBER, name: blobPath(blob.digest), size: blob.size });
    for await (const chunk of exactly(blob.bytes(), { size: blob.size, what: blob.digest })) {
      throwIfCancelled(signal);
      yield chunk;
    }
    yield tarPadding(blob.size);
  }
  yield TAR_END;
}

/** The same bytes, and an error when they are more or fewer than they should be. */
export async function* exactly(
  bytes: AsyncIterable<Uint8Array>,
  { size, what }: { readonly size: number; readonly what: string },
): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of bytes) {
    seen += chunk.length;
    if (seen > size) break;
    yield chunk;
  }
  if (seen !== size)
    throw new TareError(
      "integrity-archive",
      `blob ${what} has ${seen > size ? "more than " : ""}${Math.min(seen, size)} bytes, not ${size}`,
      { hint: "run `tare prune` and build again: the local store has damaged data" },
    );
}

const MEMBER: TarHeader = {
  name: "",
  type: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  uname: "",
  gname: "",
  size: 0,
  mtime: 0,
  linkname: "",
};

function* smallFile(name: string, bytes: Uint8Array): Generator<Uint8Array> {
  yield encodeTarHeader({ ...MEMBER, name, size: bytes.length });
  yield bytes;
  yield tarPadding(bytes.length);
}
