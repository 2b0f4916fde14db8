import { collectBytes, type Digest, hexOf, isDigest, sha256, streamOf, TareError } from "../base/index.ts";
import type { BlobStore } from "../blob/index.ts";
import {
  canonicalName,
  type ImageConfig,
  type Platform,
  parseReference,
  type Reference,
  readReference,
  withDefaultTag,
} from "../oci/index.ts";
import type { ImageProvenance } from "../provenance/index.ts";
import type { BuildRecords } from "./build-records.ts";
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
  readonly provenance?: ImageProvenance;
}

export interface ListedImage {
  readonly record: ImageRecord;
  readonly references: readonly Reference[];
}

/** Images and their names. */
export interface ImageStore {
  put(image: NewImage): Promise<ImageRecord>;
  /** Points a name to an image; it leaves the one that it pointed to. */
  tag(ref: Reference, id: Digest): Promise<void>;
  untag(ref: Reference): Promise<void>;
  /** By name (`:latest` implied), id, or a prefix of the id; `user-bad-reference` when several have it. */
  resolve(nameOrId: string): Promise<ImageRecord | undefined>;
  /** All images, also those without a name. */
  list(): Promise<readonly ListedImage[]>;
  /** Forgets an image and how it was built; its layers stay until nobody needs them and `prune` runs. */
  remove(id: Digest): Promise<void>;
  config(record: ImageRecord): Promise<ImageConfig>;
  rawConfig(record: ImageRecord): Promise<Uint8Array>;
}

interface RefRecord {
  readonly name: string;
  readonly id: Digest;
}

export function openImageStore(
  folders: { readonly images: string; readonly refs: string; readonly tmp: string },
  blobs: BlobStore,
  builds: Pick<BuildRecords, "remove">,
): ImageStore {
  const images = durableRecords(folders.images, { tmp: folders.tmp, check: isImageRecord });
  const refs = durableRecords(folders.refs, { tmp: folders.tmp, check: isRefRecord });
  const rawConfig = (record: ImageRecord) => collectBytes(blobs.get(record.id));

  async function resolve(nameOrId: string): Promise<ImageRecord | undefined> {
    const ref = readReference(nameOrId);
    const named = ref && (await refs.get(fileName(ref)));
    if (named) return images.get(hexOf(named.id));
    const prefix = nameOrId.replace(/^sha256:/, "");
    return /^[0-9a-f]{4,64}$/.test(prefix) ? byPrefix(prefix) : undefined;
  }

  async function byPrefix(prefix: string): Promise<ImageRecord | undefined> {
    const matches = (await images.names()).filter((name) => name.startsWith(prefix));
    if (matches.length > 1)
      throw new TareError("user-bad-reference", `${prefix} is the beginning of ${matches.length} image ids`, {
        hint: "write more digits of the id",
      });
    return matches[0] === undefined ? undefined : images.get(matches[0]);
  }

  async function list(): Promise<readonly ListedImage[]> {
    const [ids, names] = await Promise.all([images.names(), refs.names()]);
    const [records, named] = await Promise.all([
      Promise.all(ids.map(images.get)),
      Promise.all(names.map(refs.get)),
    ]);
    const known = named.filter((ref) => ref !== undefined);
    return records
      .filter((record) => record !== undefined)
      .map((record) => ({
        record,
        references: known
          .filter(({ id }) => id === record.id)
          .map(({ name }) => parseReference(name))
          .sort(byName),
      }));
  }

  return {
    async put({ config, layers, ...facts }) {
      const digest = sha256(config);
      if (!(await blobs.has(digest))) await blobs.put(streamOf(config), digest);
      const known = await images.get(hexOf(digest));
      const size = layers.reduce((sum, layer) => sum + layer.size, 0);
      const provenance = facts.provenance ?? known?.provenance;
      const record: ImageRecord = {
        ...facts,
        ...(provenance && { provenance }),
        id: digest,
        layers: layers.map(({ id }) => id),
        size,
        storedAt: known?.storedAt ?? facts.storedAt,
      };
      await images.put(hexOf(digest), record);
      return record;
    },
    tag: (ref, id) => refs.put(fileName(ref), { name: canonicalName(withDefaultTag(ref)), id }),
    untag: (ref) => refs.remove(fileName(ref)),
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

function isImageRecord(value: unknown): value is ImageRecord {
  const { id, layers } = (value ?? {}) as Partial<ImageRecord>;
  return typeof id === "string" && isDigest(id) && Array.isArray(layers);
}

function isRefRecord(value: unknown): value is RefRecord {
  const { name, id } = (value ?? {}) as Partial<RefRecord>;
  if (typeof name !== "string" || typeof id !== "string") return false;
  return readReference(name) !== undefined && isDigest(id);
}

/** A complete name as one file name; a long one, which no file can have, by its digest. */
function fileName(ref: Reference): string {
  const name = canonicalName(withDefaultTag(ref));
  const escaped = encodeURIComponent(name);
  return escaped.length <= LONGEST_NAME ? escaped : `sha256-${hexOf(sha256(name))}`;
}

/** A file name has 255 bytes at most, `.json` among them. */
const LONGEST_NAME = 240;

function byName(a: Reference, b: Reference): number {
  return canonicalName(a) < canonicalName(b) ? -1 : 1;
}
