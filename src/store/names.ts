import { type Digest, defined, hexOf, isDigest, sha256 } from "../base/index.ts";
import {
  type Annotation,
  canonicalName,
  isPlatform,
  type Platform,
  parseReference,
  type Reference,
  readReference,
  withDefaultTag,
} from "../oci/index.ts";
import { durableRecords } from "./records.ts";

/** What a name leads to: an image, or an index of images, one for each of several platforms. */
export interface NameTarget {
  /** Ids of images, in the order of their platforms' names; at least one. An image may stand there for several platforms. */
  readonly images: readonly Digest[];
  /** What an index says that each of them is for, where that is not what their configs say. */
  readonly platforms?: readonly Platform[];
  /** Whether it is an index. Several images always are, one alone when that was asked for. */
  readonly isIndex: boolean;
  /** What the name leads to in the registry that it was pulled from. */
  readonly root?: Digest;
  /** How many images that has there. */
  readonly rootImages?: number;
  /** What its manifests and its index say besides, wherever they are written. */
  readonly annotations?: readonly Annotation[];
  /** The index that they were found in, which the store has as it was, with the documents in it. */
  readonly index?: Digest;
}

/** A name of the store. */
export interface StoredName extends NameTarget {
  readonly reference: Reference;
}

/** Names of images; each is one file, so that it leads to all of its images or to those of before. */
export interface NameStore {
  get(ref: Reference): Promise<StoredName | undefined>;
  put(ref: Reference, target: NameTarget): Promise<void>;
  remove(ref: Reference): Promise<void>;
  /** In no order. */
  list(): Promise<readonly StoredName[]>;
}

/** As it is on the disk. `id` is all that there was before a name could lead to several images. */
interface NameRecord extends Partial<Omit<NameTarget, "images">> {
  readonly name: string;
  readonly id: Digest;
  /** The images of an index. */
  readonly images?: readonly Digest[];
}

export function openNameStore(folders: { readonly refs: string; readonly tmp: string }): NameStore {
  const records = durableRecords(folders.refs, { tmp: folders.tmp, check: isNameRecord });
  return {
    async get(ref) {
      const record = await records.get(fileName(ref));
      return record && storedName(record);
    },
    put(ref, { images, isIndex, ...facts }) {
      const [id] = images as readonly [Digest];
      const index = isIndex || images.length > 1 ? { images } : {};
      return records.put(fileName(ref), {
        name: canonicalName(withDefaultTag(ref)),
        id,
        ...index,
        ...besides(facts),
      });
    },
    remove: (ref) => records.remove(fileName(ref)),
    async list() {
      const found = await Promise.all((await records.names()).map(records.get));
      return found.filter((record) => record !== undefined).map(storedName);
    },
  };
}

function besides({
  platforms,
  root,
  rootImages,
  annotations,
  index,
}: Omit<NameTarget, "images" | "isIndex">): Partial<NameRecord> {
  return defined({ platforms, root, rootImages, annotations, index });
}

function storedName({ name, id, images, ...facts }: NameRecord): StoredName {
  return { ...facts, reference: parseReference(name), images: images ?? [id], isIndex: images !== undefined };
}

function isNameRecord(value: unknown): value is NameRecord {
  const record = (value ?? {}) as Partial<NameRecord>;
  const { name, id, images = [id], root = id, index = id, rootImages = 1, annotations = [] } = record;
  if (
    !Number.isInteger(rootImages) ||
    typeof name !== "string" ||
    !Array.isArray(images) ||
    images.length === 0
  )
    return false;
  if (!arePlatforms(record.platforms ?? images.map(() => NO_PLATFORM), images)) return false;
  const all: readonly unknown[] = [id, root, index, ...images];
  if (!Array.isArray(annotations) || !annotations.every(isAnnotation)) return false;
  return readReference(name) !== undefined && all.every((one) => typeof one === "string" && isDigest(one));
}

const NO_PLATFORM: Platform = { os: "", architecture: "" };

function arePlatforms(value: unknown, images: readonly unknown[]): boolean {
  return Array.isArray(value) && value.length === images.length && value.every(isPlatform);
}

function isAnnotation(value: unknown): value is Annotation {
  const { on, key, value: text } = (value ?? {}) as Partial<Record<keyof Annotation, unknown>>;
  return [on, key, text].every((one) => typeof one === "string");
}

/** A complete name as one file name; a long one, which no file can have, by its digest. */
function fileName(ref: Reference): string {
  const name = canonicalName(withDefaultTag(ref));
  const escaped = encodeURIComponent(name);
  return escaped.length <= LONGEST_NAME ? escaped : `sha256-${hexOf(sha256(name))}`;
}

/** A file name has 255 bytes at most, `.json` among them. */
const LONGEST_NAME = 240;
