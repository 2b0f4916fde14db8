import { TareError } from "../../base/index.ts";
import { collectBlob, findRoot, type LayoutReader, openOciLayout, parseObject } from "../../layout/index.ts";
import type { Descriptor, Reference } from "../../oci/index.ts";
import { type FetchedManifest, fetchManifest, type Registry, readBlob } from "../../registry/index.ts";

/** Where an image is copied from. */
export interface CopySource {
  /** For messages. */
  readonly title: string;
  /** Where its blobs are, when they are in a registry. */
  readonly reference?: Reference;
  /** What the name leads to: a manifest, or an index. */
  root(): Promise<FetchedManifest>;
  manifest(line: Descriptor): Promise<FetchedManifest>;
  /** A blob's bytes, verified. */
  blob(descriptor: Descriptor): AsyncIterable<Uint8Array>;
}

/** An image of a registry. */
export function registrySource(
  reference: Reference,
  registry: Registry,
  { title, signal }: { readonly title: string; readonly signal: AbortSignal },
): CopySource {
  const repository = reference.path;
  const fetch = (name: string) => fetchManifest(registry, { repository, reference: name }, signal);
  return {
    title,
    reference,
    root: () => fetch(reference.digest ?? reference.tag ?? "latest"),
    manifest: async ({ digest, size }) => {
      const found = await fetch(digest);
      if (found.descriptor.size === size) return found;
      throw new TareError(
        "integrity-archive",
        `${title} says that ${digest} has ${size} bytes, which has ${found.descriptor.size}`,
        { hint: "the index is damaged: push it again" },
      );
    },
    blob: (descriptor) => readBlob(registry, { repository, descriptor }, signal),
  };
}

/** An image of an OCI layout, in a folder or a tar; an archive of docker's, when it is one as well. */
export async function layoutSource(
  { path, name }: { readonly path: string; readonly name?: string | undefined },
  title: string,
): Promise<CopySource> {
  const reader = await openOciLayout(path);
  const source = readerSource(reader, title);
  return {
    root: async () => {
      const { mediaType, digest, size } = await findRoot(reader, name);
      return source.manifest({ mediaType, digest, size });
    },
    ...source,
  };
}

/** What is in a layout that is open. */
export function readerSource(reader: LayoutReader, title: string): Omit<CopySource, "root"> {
  return {
    title,
    manifest: async (line) => {
      const bytes = await collectBlob(reader, line);
      const json = parseObject<FetchedManifest["json"]>(bytes, `${title}: manifest ${line.digest}`);
      return { descriptor: line, bytes, json };
    },
    blob: (descriptor) => reader.blob(descriptor),
  };
}
