import { type Digest, TareError } from "../../base/index.ts";
import {
  type Descriptor,
  type IndexLines,
  indexLines,
  isImageLine,
  linePlatform,
  MAX_INDEX_LINES,
} from "../../oci/index.ts";
import { descriptorsIn, type FetchedManifest } from "../../registry/index.ts";
import type { Store } from "../../store/index.ts";
import { keepManifest } from "../archives/import-image.ts";
import { unlessItFails } from "../unless-it-fails.ts";
import type { CopySource } from "./copy-source.ts";

type IndexSource = Pick<CopySource, "title" | "manifest" | "blob">;

/** An index, and what it names, as far as that has come. */
export interface FoundIndex extends IndexLines {
  readonly root: FetchedManifest;
  readonly nested: readonly FetchedManifest[];
  /** Lines of images, each once; one image may be there for several platforms. */
  readonly images: readonly Descriptor[];
}

/** Reads an index with those that are in it; `integrity-archive` for what is none. */
export async function readIndex(source: IndexSource, root: FetchedManifest): Promise<FoundIndex> {
  const nested: FetchedManifest[] = [];
  const found = await indexLines(descriptorsIn(root.json.manifests, source.title), async (line) => {
    const index = await source.manifest(line);
    nested.push(index);
    return descriptorsIn(index.json.manifests, source.title);
  });
  if (found.lines.length > MAX_INDEX_LINES)
    throw new TareError("integrity-archive", `${source.title} has more than ${MAX_INDEX_LINES} manifests`, {
      hint: "choose one platform with --platform",
    });
  const key = (line: Descriptor) => `${line.digest} ${JSON.stringify(linePlatform(line) ?? null)}`;
  const images = new Map(found.lines.filter(isImageLine).map((line) => [key(line), line]));
  return { ...found, root, nested, images: [...images.values()] };
}

/**
 * Takes an index over into the store as it is, with the documents in it: whoever writes its images again, unchanged, writes it
 * again too. A document that can not be had is left out. Its digest, for the name.
 */
export async function keepIndex(
  store: Store,
  source: IndexSource,
  { root, nested, lines }: FoundIndex,
): Promise<Digest> {
  for (const line of lines)
    if (!isImageLine(line) && !(await store.blobs.has(line.digest)))
      await unlessItFails(() => keepDocument(store, source, line));
  for (const index of [...nested, root]) await keepManifest(store, index);
  return root.descriptor.digest;
}

async function keepDocument(store: Store, source: IndexSource, line: Descriptor): Promise<void> {
  const manifest = await source.manifest(line);
  const { json } = manifest;
  const blobs = [
    ...descriptorsIn(json.layers ?? [], source.title),
    ...descriptorsIn([json.config], source.title),
  ];
  for (const blob of blobs)
    if (!(await store.blobs.has(blob.digest))) await store.blobs.put(source.blob(blob), blob.digest);
  await keepManifest(store, manifest);
}
