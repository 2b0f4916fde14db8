import { decompressWithin, GROWTH_LIMIT, type GrowthLimit } from "../archive/index.ts";
import { type Digest, TareError } from "../base/index.ts";
import { type ArchivedImage, type ArchivedLayer, readArchive } from "../layout/index.ts";
import { canonicalName, familiarName, parsePlatform, platformOf, type Reference } from "../oci/index.ts";
import type { BuildEvent } from "../solver/index.ts";
import { type NewImage, openStore, type Store } from "../store/index.ts";
import { type ArchiveSource, seekableArchive } from "./archive-source.ts";
import { provenanceOf } from "./found-provenance.ts";
import { takeLayers } from "./import-image.ts";
import { type StoreChoice, storeFolder } from "./store-choice.ts";
import { transferStep } from "./transfer-step.ts";
import { thisMachine } from "./workplace.ts";

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
  const taken: Taken[] = [];
  for (const archived of images) {
    const { names, ...image } = archived;
    const tar = (layer: ArchivedLayer) => decompressWithin(layer.bytes(), growth);
    const provenance = await provenanceOf(archived);
    taken.push([await takeLayers(store, { ...image, provenance, tar, storedAt: now }, signal), names]);
  }
  const loaded: LoadedImage[] = [];
  for (const group of groups(taken)) loaded.push(await nameImages(store, group));
  return loaded;
}

type Taken = readonly [NewImage, readonly Reference[]];

/** Images of the same names are one for several platforms. */
function groups(taken: readonly Taken[]): readonly (readonly Taken[])[] {
  const found = new Map<string, Taken[]>();
  for (const [at, one] of taken.entries()) {
    const key = one[1].length > 0 ? one[1].map(canonicalName).join(" ") : String(at);
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return [...found.values()];
}

async function nameImages(store: Store, group: readonly Taken[]): Promise<LoadedImage> {
  const images: Digest[] = [];
  for (const [image] of group) images.push((await store.images.put(image)).id);
  const [[, names], [first]] = [group[0] as Taken, images as [Digest]];
  const replaced: LoadedImage["replaced"][number][] = [];
  for (const name of names) {
    const before = await store.images.named(canonicalName(name));
    await store.images.tag(name, { images, isIndex: images.length > 1 });
    const gone = before?.images.filter((id) => !images.includes(id)) ?? [];
    replaced.push(...gone.map((id) => ({ name: familiarName(name), id })));
  }
  const [name] = names;
  const meant = name && (await store.images.resolve(canonicalName(name)));
  return { id: meant?.id ?? first, names: names.map(familiarName), replaced };
}
