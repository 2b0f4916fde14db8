import { type Digest, hexOf, sha256 } from "../../base/index.ts";
import {
  canonicalName,
  type Descriptor,
  formatPlatform,
  isImageConfigType,
  isIndexType,
  linePlatform,
  type Platform,
} from "../../oci/index.ts";
import type { FetchedManifest } from "../../registry/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import type { ImageRecord, Store } from "../../store/index.ts";
import { transferStep } from "../transfer-step.ts";
import { type CopySource, registrySource } from "./copy-source.ts";
import { keepIndex, readIndex } from "./keep-index.ts";
import { nameInTurn } from "./name-fetched.ts";
import { fetchManifestImage, type WantedImage } from "./pull-image.ts";

interface WantedIndex extends Omit<WantedImage, "platform" | "onProgress"> {
  readonly emit: (event: BuildEvent) => void;
}

/** An index that was fetched with all that it names. */
export interface FetchedIndex {
  readonly digest: Digest;
  /** Whether the name led to it here before. */
  readonly known: boolean;
}

/**
 * Takes all images of an index over into the store, and the index as it is with the documents in it; the name leads to them
 * when all of them are there. Undefined when the name leads to something else than an index of images.
 */
export async function pullIndex(
  store: Store,
  wanted: WantedIndex,
  signal: AbortSignal,
): Promise<FetchedIndex | undefined> {
  const { reference, registry } = wanted;
  const title = canonicalName(reference);
  using _turn = await store.exclusive(`pull-${hexOf(sha256(title))}`, signal);
  const source = registrySource(reference, registry, { title, signal });
  const root = await source.root();
  if (!isIndexType(root.descriptor.mediaType)) return undefined;
  const found = await readIndex(source, root);
  if (found.images.length === 0) return undefined;
  const before = await store.images.named(canonicalName(reference));
  const there = before ? await store.images.imagesOf(before) : [];
  const fetched: FetchedLine[] = [];
  for (const line of found.images) {
    const one = await fetchLine(store, { ...wanted, source, root, line, there }, signal);
    if (one) fetched.push(one);
  }
  if (fetched.length === 0) return undefined;
  const { digest } = root.descriptor;
  const target = {
    images: fetched.map(({ record }) => record.id),
    platforms: fetched.map(({ platform }) => platform),
    isIndex: true,
    root: digest,
    rootImages: found.images.length,
    index: await keepIndex(store, source, found),
  };
  await nameInTurn(store, reference, async () => target, signal);
  return { digest, known: before?.index === digest && fetched.every(({ known }) => known) };
}

interface FetchedLine {
  readonly record: ImageRecord;
  readonly platform: Platform;
  readonly known: boolean;
}

/** Undefined for what turns out to be no image where the index says nothing of it. */
async function fetchLine(
  store: Store,
  {
    source,
    root,
    line,
    there,
    emit,
    ...wanted
  }: WantedIndex & {
    readonly source: CopySource;
    readonly root: FetchedManifest;
    readonly line: Descriptor;
    /** What the name led to before. */
    readonly there: readonly ImageRecord[];
  },
  signal: AbortSignal,
): Promise<FetchedLine | undefined> {
  const said = linePlatform(line);
  const manifest = await source.manifest(line);
  if (!said && !isImage(manifest)) return undefined;
  const known = there.find((record) => record.manifest === line.digest);
  const title = `pulling ${source.title} for ${said ? formatPlatform(said) : "its platform"}`;
  const fetched = await transferStep(title, { emit, now: wanted.now }, (onProgress) => {
    const platform = said ?? ANY;
    const own = { manifest: { ...manifest, root: root.descriptor, platform }, platform, keepsForm: true };
    return fetchManifestImage(store, { ...wanted, ...own, before: known, onProgress }, signal);
  });
  return { ...fetched, platform: said ?? fetched.record.platform };
}

/** Of an image whose index does not say what it is for: its config does. */
const ANY: Platform = { os: "", architecture: "" };

function isImage({ json }: FetchedManifest): boolean {
  const { mediaType } = (json.config ?? {}) as Partial<Descriptor>;
  return mediaType !== undefined && isImageConfigType(mediaType);
}
