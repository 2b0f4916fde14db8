import { type Digest, exactly, hashing, TareError } from "../base/index.ts";
import type { Descriptor } from "../oci/index.ts";
import { blobPath } from "./blob.ts";
import { type NamedFiles, openFiles, readSmall } from "./files.ts";

/** A layout that can be read; of a tar only the places of its members are in memory. */
export interface LayoutReader {
  /** A small file of the layout, such as `index.json`, or undefined when there is none. */
  file(name: string): Promise<Uint8Array | undefined>;
  /** A blob's bytes; the stream ends with `integrity-*` when they are more, fewer or others than the descriptor says. */
  blob(descriptor: Pick<Descriptor, "digest" | "size">): AsyncIterable<Uint8Array>;
  /** Bytes of a blob; undefined when it is not there. */
  blobSize(digest: Digest): Promise<number | undefined>;
}

/**
 * Opens an OCI layout: a folder, or an uncompressed tar of one. `resolve-path` when there is nothing at
 * the path, `integrity-archive` when it is no layout.
 */
export async function openOciLayout(path: string): Promise<LayoutReader> {
  const reader = layoutReader(await openFiles(path));
  if (!(await reader.file("oci-layout")) || !(await reader.file("index.json")))
    throw new TareError(
      "integrity-archive",
      `${path} is not an OCI layout: it lacks oci-layout or index.json`,
      {
        hint: "give a folder or an uncompressed tar made with `-o type=oci`, `skopeo copy … oci:` or a recent `docker save`",
      },
    );
  return reader;
}

/** The same of files that are open; whether they are a layout shows when they are read. */
export function layoutReader(files: NamedFiles): LayoutReader {
  return {
    file: (name) => readSmall(files, name),
    blob: (descriptor) => verified(files, descriptor),
    blobSize: (digest) => files.size(blobPath(digest)),
  };
}

function verified(
  files: NamedFiles,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
): AsyncIterable<Uint8Array> {
  const hint = "the layout is damaged: make or copy it again";
  const bytes = exactly(files.open(blobPath(digest)), {
    size,
    what: `blob ${digest} of the OCI layout`,
    hint,
  });
  return hashing(bytes, (found) => {
    if (found !== digest)
      throw new TareError("integrity-digest", `blob ${digest} of the OCI layout has the digest ${found}`, {
        hint,
      });
  });
}
