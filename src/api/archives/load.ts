import { decompressWithin, GROWTH_LIMIT, type GrowthLimit } from "../../archive/index.ts";
import { type Digest, defined, hexOf, mapConcurrent, sha256, TareError } from "../../base/index.ts";
import { type ArchivedImage, type ArchivedLayer, readArchive } from "../../layout/index.ts";
import { canonicalName, familiarName, parsePlatform, platformOf } from "../../oci/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import { type NewImage, openStore, type Store } from "../../store/index.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";
import { readerSource } from "../transfer/copy-source.ts";
import { keepIndex, readIndex } from "../transfer/keep-index.ts";
import { transferStep } from "../transfer-step.ts";
import { thisMachine } from "../workplace.ts";
import { type ArchiveSource, seekableArchive } from "./archive-source.ts";
import { provenanceOf } from "./found-provenance.ts";
import { type ImportedImage, keepManifest, keptForm, lacksForm, takeLayers } from "./import-image.ts";

/** What `load` is asked for. */
export interface LoadRequest extends StoreChoice {
  /** A docker archive or an OCI layout: a folder, a tar, or a tar that is compressed. */
  readonly source: ArchiveSource;
  /** Of images for several platforms only this one; default all that the archive has. */
  readonly platform?: string;
  /** How much compressed data may grow. */
  readonly growth?: GrowthLimit;
}

/** An image that came out of an archive; of one for several platforms it is the one for this machine, if there is one. */
export interface LoadedImage {
  readonly id: Digest;
  /** As people write them. */
  readonly names: readonly string[];
  /** Names that led to another image before, and its id. */
  readonly replaced: readonly { readonly name: string; readonly id: Digest }[];
}

/**
 * Takes all images of an archive over into the store, with their names. What the store has is not read. All of them or
 * none is in the list of images afterwards: `resolve-*` and `integrity-*` leave it as it was.
 */
export async function loadImages(
  { source, platform, growth = GROWTH_LIMIT, ...choice }: LoadRequest,
  emit: (event: BuildEvent) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly LoadedImage[]> {
  const store = await openStore(storeFolder(choice));
  const { arch, now } = thisMachine();
  const host = platformOf(arch);
  await using _lease = await store.hold("tare load");
  await using scratch = await store.scratch();
  return await transferStep("loading the archive", { emit, now }, async () => {
    const path = await seekableArchive(source, { scratch: scratch.path, growth }, signal);
    const wanted = platform === undefined ? host : parsePlatform(platform, host);
    const images = await readArchive(path, { platform: wanted, asked: platform !== undefined }, signal);
    if (images.length === 0)
      throw new TareError("integrity-archive", "the archive has no image in it", {
        hint: "`tare save IMAGE -o FILE` and `docker save` write one that has",
      });
    return await takeAll(store, { images, growth, now }, signal);
  });
}

async function takeAll(
  store: Store,
  {
    images,
    growth,
    now,
  }: {
    readonly images: readonly ArchivedImage[];
    readonly growth: GrowthLimit;
    readonly now: () => number;
  },
  signal: AbortSignal,
): Promise<readonly LoadedImage[]> {
  const shared: SharedLayers = new Map();
  const taken = await mapConcurrent(images, AT_ONCE, (archived) =>
    takeImage(store, { archived, growth, now, shared }, signal),
  );
  const found: NamedGroup[] = [];
  for (const group of groups(taken)) found.push({ group, index: await keptIndex(store, group) });
  await mapConcurrent(taken, AT_ONCE, ({ image }) => store.images.put(image));
  const loaded: LoadedImage[] = [];
  for (const one of found) loaded.push(await nameImages(store, one));
  return loaded;
}

/** One waits for the disk while another one is read. */
const AT_ONCE = 4;

type SharedLayers = NonNullable<ImportedImage<ArchivedLayer>["shared"]>;

interface Taken {
  readonly image: NewImage;
  readonly archived: ArchivedImage;
}

async function takeImage(
  store: Store,
  {
    archived,
    growth,
    now,
    shared,
  }: {
    readonly archived: ArchivedImage;
    readonly growth: GrowthLimit;
    readonly now: () => number;
    readonly shared: SharedLayers;
  },
  signal: AbortSignal,
): Promise<Taken> {
  const { config, layers, manifest, manifestBytes, descriptors = [], index } = archived;
  const read = new Set<ArchivedLayer>();
  const formOf = (layer: ArchivedLayer) => index && descriptors[layers.indexOf(layer)];
  const rereads = async (layer: ArchivedLayer) => {
    const descriptor = formOf(layer);
    return descriptor !== undefined && lacksForm(store, descriptor);
  };
  const tar = async function* (layer: ArchivedLayer): AsyncGenerator<Uint8Array> {
    const descriptor = formOf(layer);
    const bytes = layer.bytes();
    yield* decompressWithin(descriptor ? await keptForm(store, descriptor, bytes) : bytes, growth);
    read.add(layer);
  };
  const provenance = await provenanceOf(archived);
  const whence = { provenance, tar, rereads, shared, storedAt: now, ...defined({ manifest }) };
  const image = await takeLayers(store, { config, layers, ...whence }, signal);
  // What a manifest says of a layer that was here already is believed only of one that is not compressed.
  const isChecked = image.layers.every(
    ({ id }, at) => read.has(layers[at] as ArchivedLayer) || hexOf(descriptors[at]?.digest ?? NONE) === id,
  );
  if (manifest !== undefined && manifestBytes && isChecked)
    await keepManifest(store, { bytes: manifestBytes, descriptor: { digest: manifest } });
  return { image, archived };
}

const NONE = sha256("");

/** Images of the same names, and those of one index, are one for several platforms. */
function groups(taken: readonly Taken[]): readonly (readonly Taken[])[] {
  const found = new Map<string, Taken[]>();
  for (const [at, one] of taken.entries()) {
    const { names } = one.archived;
    const key = names.length > 0 ? names.map(canonicalName).join(" ") : String(at);
    const group = found.get(key);
    if (group) group.push(one);
    else found.set(key, [one]);
  }
  return [...found.values()];
}

interface NamedGroup {
  readonly group: readonly Taken[];
  readonly index: Digest | undefined;
}

async function nameImages(store: Store, { group, index }: NamedGroup): Promise<LoadedImage> {
  const images = group.map(({ image }) => sha256(image.config));
  const [{ archived }] = group as readonly [Taken];
  const { names } = archived;
  const platforms = group.map(({ image, archived: { platform } }) => platform ?? image.platform);
  const target = {
    images,
    platforms,
    isIndex: images.length > 1 || index !== undefined,
    ...defined({ index }),
  };
  const replaced: LoadedImage["replaced"][number][] = [];
  for (const name of names) {
    const before = await store.images.named(canonicalName(name));
    await store.images.tag(name, target);
    const gone = before?.images.filter((id) => !images.includes(id)) ?? [];
    replaced.push(...gone.map((id) => ({ name: familiarName(name), id })));
  }
  const [name] = names;
  const meant = name && (await store.images.resolve(canonicalName(name)));
  return { id: meant?.id ?? (images[0] as Digest), names: names.map(familiarName), replaced };
}

/** The index of an archive, as it is, with the documents in it; without a name nothing would hold it. */
async function keptIndex(store: Store, [first]: readonly Taken[]): Promise<Digest | undefined> {
  const { reader, index, names = [] } = first?.archived ?? {};
  if (!reader || !index || names.length === 0) return undefined;
  const source = readerSource(reader, "the archive");
  return keepIndex(store, source, await readIndex(source, await source.manifest(index)));
}
