import { isDeepStrictEqual } from "node:util";
import {
  collectBytes,
  type Digest,
  hexOf,
  isDigest,
  sha256,
  streamOf,
  TareError,
  unlessDamaged,
} from "../base/index.ts";
import type { BlobStore } from "../blob/index.ts";
import {
  canonicalName,
  fittingPlatform,
  formatPlatform,
  type ImageConfig,
  type KeptIndex,
  type OriginalManifest,
  type Platform,
  type Reference,
  readReference,
  samePlatform,
} from "../oci/index.ts";
import type { ImageProvenance } from "../provenance/index.ts";
import type { BuildRecords } from "./build-records.ts";
import { readKeptIndex } from "./kept-index.ts";
import { type NameTarget, openNameStore, type StoredName } from "./names.ts";
import { readOriginalManifest } from "./original-manifest.ts";
import { durableRecords } from "./records.ts";
import type { RemoteLayer } from "./remotes.ts";
import type { ImageRecord } from "./types.ts";

/** An image on its way into the store. */
export interface NewImage {
  /** The raw config. */
  readonly config: Uint8Array;
  readonly layers: readonly { readonly id: string; readonly size: number }[];
  readonly platform: Platform;
  /** Milliseconds since 1970; of an image that is there already the first time stays. */
  readonly storedAt: number;
  readonly manifest?: Digest;
  readonly promised?: Readonly<Record<string, RemoteLayer>>;
  readonly listed?: Readonly<Record<string, Digest>>;
  readonly provenance?: ImageProvenance;
}

export interface ListedImage {
  readonly record: ImageRecord;
  readonly references: readonly Reference[];
}

/** Images and their names. */
export interface ImageStore {
  put(image: NewImage): Promise<ImageRecord>;
  /** Points a name to an image, or to an index of several; it leaves what it pointed to. */
  tag(ref: Reference, to: Digest | NameTarget): Promise<void>;
  untag(ref: Reference): Promise<void>;
  /** What a name (`:latest` implied) leads to; undefined for what is none. */
  named(name: string): Promise<StoredName | undefined>;
  /** All names, in no order. */
  names(): Promise<readonly StoredName[]>;
  /** The images that a name leads to, in its order, for the platforms that it has them for; those that are lost are left out. */
  imagesOf(target: NameTarget): Promise<readonly ImageRecord[]>;
  /** The manifest that an image came with, as it was; undefined when it was not kept, or is damaged. */
  originalManifest(record: ImageRecord): Promise<OriginalManifest | undefined>;
  /** The index that a name's images were found in; undefined when none was kept, or it is damaged. */
  keptIndex(target: NameTarget): Promise<KeptIndex | undefined>;
  /**
   * By name (`:latest` implied), id, or a prefix of the id; `user-bad-reference` when several have it. Of an index the image
   * for this machine, else the first; with `platform` the one for that or none.
   */
  resolve(nameOrId: string, platform?: Platform): Promise<ImageRecord | undefined>;
  /** All images, also those without a name. */
  list(): Promise<readonly ListedImage[]>;
  /** Forgets an image and how it was built; its layers stay until nobody needs them and `prune` runs. */
  remove(id: Digest): Promise<void>;
  config(record: ImageRecord): Promise<ImageConfig>;
  rawConfig(record: ImageRecord): Promise<Uint8Array>;
}

export function openImageStore(
  folders: { readonly images: string; readonly refs: string; readonly tmp: string },
  blobs: BlobStore,
  { builds, host }: { readonly builds: Pick<BuildRecords, "remove">; readonly host: Platform },
): ImageStore {
  const images = durableRecords(folders.images, { tmp: folders.tmp, check: isImageRecord });
  const names = openNameStore(folders);
  const rawConfig = (record: ImageRecord) => collectBytes(blobs.get(record.id));
  const named = async (name: string) => {
    const ref = readReference(name);
    return ref && names.get(ref);
  };

  async function resolve(nameOrId: string, platform?: Platform): Promise<ImageRecord | undefined> {
    const records = await meant(nameOrId);
    if (platform) return fittingPlatform(records, platform);
    return records.length > 1 ? (fittingPlatform(records, host) ?? records[0]) : records[0];
  }

  async function meant(nameOrId: string): Promise<readonly ImageRecord[]> {
    const name = await named(nameOrId);
    if (name) return imagesOf(name);
    const prefix = nameOrId.replace(/^sha256:/, "");
    const one = /^[0-9a-f]{4,64}$/.test(prefix) ? await byPrefix(prefix) : undefined;
    return one ? [one] : [];
  }

  async function imagesOf({ images: ids, platforms = [] }: NameTarget): Promise<readonly ImageRecord[]> {
    const records = await Promise.all(ids.map((id) => images.get(hexOf(id))));
    return records.flatMap((record, at) => {
      const platform = platforms[at];
      return record ? [platform ? { ...record, platform } : record] : [];
    });
  }

  /** In the order that an index of them has, so that the same images always make the same index. */
  async function ordered(target: NameTarget): Promise<NameTarget> {
    const { platforms, ...besides } = target;
    const records = await imagesOf(target);
    // A name whose image is lost still says which one it was.
    if (records.length === 0) return target;
    const distinct = [...new Map(records.map((record) => [keyOf(record), record])).values()];
    const own = distinct.length > 1 ? distinct.toSorted(byPlatform) : distinct;
    const plain = await imagesOf({ images: own.map(({ id }) => id), isIndex: true });
    const isPlain = own.every(({ platform }, at) =>
      samePlatform(platform, (plain[at] as ImageRecord).platform),
    );
    return {
      ...besides,
      images: own.map(({ id }) => id),
      ...(!isPlain && { platforms: own.map(({ platform }) => platform) }),
    };
  }

  async function byPrefix(prefix: string): Promise<ImageRecord | undefined> {
    if (prefix.length === WHOLE_ID) return images.get(prefix);
    const matches = (await images.names()).filter((name) => name.startsWith(prefix));
    if (matches.length > 1)
      throw new TareError("user-bad-reference", `${prefix} is the beginning of ${matches.length} image ids`, {
        hint: "write more digits of the id",
      });
    return matches[0] === undefined ? undefined : images.get(matches[0]);
  }

  async function list(): Promise<readonly ListedImage[]> {
    const [ids, known] = await Promise.all([images.names(), names.list()]);
    const records = await Promise.all(ids.map(images.get));
    const references = new Map<Digest, Reference[]>();
    for (const { images: own, reference } of known)
      for (const id of new Set(own)) {
        const names = references.get(id);
        if (names) names.push(reference);
        else references.set(id, [reference]);
      }
    return records
      .filter((record) => record !== undefined)
      .map((record) => ({ record, references: (references.get(record.id) ?? []).toSorted(byName) }));
  }

  return {
    async put({ config, layers, listed, ...facts }) {
      const digest = sha256(config);
      if (!(await blobs.has(digest))) await blobs.put(streamOf(config), digest);
      const known = await images.get(hexOf(digest));
      const size = layers.reduce((sum, layer) => sum + layer.size, 0);
      const provenance = facts.provenance ?? known?.provenance;
      const record: ImageRecord = {
        ...facts,
        ...(provenance && { provenance }),
        ...agreed(known, listed),
        id: digest,
        layers: layers.map(({ id }) => id),
        size,
        storedAt: known?.storedAt ?? facts.storedAt,
      };
      await images.put(hexOf(digest), record);
      return record;
    },
    async tag(ref, to) {
      const target = typeof to === "string" ? { images: [to], isIndex: false } : to;
      await names.put(ref, await ordered(target));
    },
    untag: names.remove,
    named,
    names: names.list,
    imagesOf,
    // The image can be written without them.
    originalManifest: (record) => unlessDamaged(() => readOriginalManifest(blobs, record)),
    keptIndex: ({ index }) => unlessDamaged(async () => index && readKeptIndex(blobs, index)),
    resolve,
    list,
    async remove(id) {
      await images.remove(hexOf(id));
      await builds.remove(id);
    },
    config: async (record) =>
      JSON.parse(Buffer.from(await rawConfig(record)).toString("utf8")) as ImageConfig,
    rawConfig,
  };
}

/** Hexadecimal digits. */
const WHOLE_ID = 64;

/**
 * What manifests say are the tables of contents of an image's layers, as long as all say the same: names share the record of
 * an image, and one of them may not tell another what is in layers that are not here.
 */
function agreed(
  known: ImageRecord | undefined,
  listed: ImageRecord["listed"],
): Pick<ImageRecord, "listed" | "isDisputed"> {
  const isDisputed = known?.isDisputed === true || (known && !isDeepStrictEqual(known.listed, listed));
  if (isDisputed) return { isDisputed };
  return listed ? { listed } : {};
}

function isImageRecord(value: unknown): value is ImageRecord {
  const { id, layers } = (value ?? {}) as Partial<ImageRecord>;
  return typeof id === "string" && isDigest(id) && Array.isArray(layers);
}

/** Of a place in an index: an image, and what it is for there. */
function keyOf({ id, platform }: ImageRecord): string {
  return `${id} ${formatPlatform(platform)}`;
}

function byPlatform(a: ImageRecord, b: ImageRecord): number {
  const [one, other] = [a, b].map(({ platform }) => formatPlatform(platform)) as [string, string];
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function byName(a: Reference, b: Reference): number {
  return canonicalName(a) < canonicalName(b) ? -1 : 1;
}
