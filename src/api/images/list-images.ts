import { type Digest, mapConcurrent, unlessDamaged } from "../../base/index.ts";
import { canonicalName, type ImageConfig, type Platform, type Reference } from "../../oci/index.ts";
import { type ImageRecord, openStore, type Store, type StoredName } from "../../store/index.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";

/** An image for one of several platforms that a name leads to. */
export interface PlatformSummary extends Pick<ImageSummary, "id" | "platform" | "size" | "contentSize"> {}

/** One image of the local store, as `tare images` shows it; of an index it is the image for this machine, if there is one. */
export interface ImageSummary {
  /** Digest of the config. */
  readonly id: Digest;
  /** Its names; none for a dangling image. */
  readonly references: readonly Reference[];
  /** ISO 8601; from the config. */
  readonly created?: string;
  /** Sum of the sizes of the files in its layers, bytes. */
  readonly size: number;
  /** Digest of its manifest, when one was made. */
  readonly digest?: Digest;
  readonly labels: Readonly<Record<string, string>>;
  readonly dangling: boolean;
  readonly platform: Platform;
  /** Sum of the sizes of its layers as registries have them, bytes; when it is known of all of them. */
  readonly contentSize?: number;
  /** Of an index: all of its images, in the order of their platforms' names. */
  readonly platforms?: readonly PlatformSummary[];
}

/** The images of the store, newest first. Images without a name are left out unless `all` asks for them. */
export async function listImages(
  options: StoreChoice & { readonly all?: boolean } = {},
): Promise<readonly ImageSummary[]> {
  const store = await openStore(storeFolder(options));
  const [listed, names] = await Promise.all([store.images.list(), store.images.names()]);
  const dangling = listed.filter(({ references }) => references.length === 0);
  const summaries = [
    ...(await mapConcurrent(groups(names), AT_ONCE, (group) => groupSummary(store, group))),
    ...(await mapConcurrent(options.all ? dangling : [], AT_ONCE, ({ record }) =>
      summary(store, record, []),
    )),
  ];
  return summaries
    .filter((one) => one !== undefined)
    .sort((a, b) => (b.created ?? "").localeCompare(a.created ?? ""));
}

const AT_ONCE = 16;

/** Names that lead to the same. */
function groups(names: readonly StoredName[]): readonly (readonly StoredName[])[] {
  const found = new Map<string, StoredName[]>();
  for (const name of names.toSorted(byName)) {
    const key = JSON.stringify([name.isIndex, name.images, name.platforms]);
    found.set(key, [...(found.get(key) ?? []), name]);
  }
  return [...found.values()];
}

function byName(a: StoredName, b: StoredName): number {
  return canonicalName(a.reference) < canonicalName(b.reference) ? -1 : 1;
}

/** Undefined when the images that the names lead to are not there any more. */
async function groupSummary(store: Store, group: readonly StoredName[]): Promise<ImageSummary | undefined> {
  const [name] = group as readonly [StoredName];
  const { isIndex, root, reference } = name;
  const meant = await store.images.resolve(canonicalName(reference));
  if (!meant) return undefined;
  const own = await summary(
    store,
    meant,
    group.map((one) => one.reference),
  );
  if (!isIndex) return own;
  const all = await store.images.imagesOf(name);
  const platforms = await Promise.all(all.map((record) => platformSummary(store, record)));
  const { digest: _digest, ...rest } = own;
  return { ...rest, platforms, ...(root !== undefined && { digest: root }) };
}

async function summary(
  store: Store,
  record: ImageRecord,
  references: readonly Reference[],
): Promise<ImageSummary> {
  // An image whose config is damaged is listed all the same, by what its record says.
  const [config = {}, facts] = await Promise.all([
    unlessDamaged<Partial<ImageConfig>>(() => store.images.config(record)),
    platformSummary(store, record),
  ]);
  return {
    ...facts,
    references,
    labels: config.config?.Labels ?? {},
    dangling: references.length === 0,
    ...(isTime(config.created) && { created: config.created }),
    ...(record.manifest !== undefined && { digest: record.manifest }),
  };
}

async function platformSummary(store: Store, record: ImageRecord): Promise<PlatformSummary> {
  const { id, platform, size, layers } = record;
  const sizes = await Promise.all(layers.map(store.layers.compressedSize));
  const contentSize = sizes.reduce<number | undefined>(
    (sum, one) => (sum === undefined || one === undefined ? undefined : sum + one),
    0,
  );
  return { id, platform, size, ...(contentSize !== undefined && { contentSize }) };
}

/** Whoever made an image may have written anything for its time. */
function isTime(created: unknown): created is string {
  return typeof created === "string" && !Number.isNaN(Date.parse(created));
}
