import { type Digest, TareError } from "../base/index.ts";
import {
  canonicalName,
  familiarName,
  type ImageConfig,
  type Platform,
  parseReference,
  type Reference,
  readReference,
  withDefaultTag,
} from "../oci/index.ts";
import { type ImageRecord, openStore, type Store } from "../store/index.ts";
import { existingImage } from "./existing-image.ts";
import { referencesOf } from "./inspect.ts";
import { type StoreChoice, storeFolder } from "./store-choice.ts";

/** One image of the local store, as `tare images` shows it. */
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
}

/** The images of the store, newest first. Images without a name are left out unless `all` asks for them. */
export async function listImages(
  options: StoreChoice & { readonly all?: boolean } = {},
): Promise<readonly ImageSummary[]> {
  const store = await openStore(storeFolder(options));
  const listed = await store.images.list();
  const summaries = await Promise.all(
    listed.map(({ record, references }) => summary(store, record, references)),
  );
  return summaries
    .filter(({ dangling }) => options.all || !dangling)
    .sort((a, b) => (b.created ?? "").localeCompare(a.created ?? ""));
}

/** Gives an image a further name. `resolve-image` when there is no source of that name or id. */
export async function tagImage(
  options: StoreChoice & { readonly source: string; readonly target: string },
): Promise<void> {
  const target = parseReference(options.target);
  if (target.digest !== undefined)
    throw new TareError("user-bad-reference", `${options.target}: a digest can not be given as a name`, {
      hint: "write NAME[:TAG]",
    });
  const store = await openStore(storeFolder(options));
  const record = await existingImage(store, options.source);
  await store.images.tag(withDefaultTag(target), record.id);
}

/** What `tare rmi` did: names that are gone, ids of images that went with their last name, and what it could not do. */
export interface Removal {
  readonly untagged: readonly string[];
  readonly deleted: readonly Digest[];
  /** `resolve-image` for an unknown name, `user-conflict` for an id of several names; without `force` each is an error. */
  readonly failures: readonly TareError[];
}

/**
 * Removes names; an image without any left is removed too. By id, an image with several names is only
 * removed with `force`. Layers stay until `prune`. What one name fails by is told, and keeps nobody from the others.
 */
export async function removeImages(
  options: StoreChoice & { readonly names: readonly string[]; readonly force?: boolean },
): Promise<Removal> {
  const store = await openStore(storeFolder(options));
  const [untagged, deleted, failures]: [string[], Digest[], TareError[]] = [[], [], []];
  for (const name of options.names)
    try {
      const removed = await removeOne(store, { name, force: options.force ?? false });
      untagged.push(...removed.untagged);
      deleted.push(...removed.deleted);
    } catch (error) {
      if (!(error instanceof TareError) || !PASSED_OVER.includes(error.code)) throw error;
      failures.push(error);
    }
  return { untagged, deleted, failures };
}

const PASSED_OVER: readonly string[] = ["resolve-image", "user-conflict", "user-bad-reference"];

async function removeOne(
  store: Store,
  { name, force }: { readonly name: string; readonly force: boolean },
): Promise<Omit<Removal, "failures">> {
  const record = await existingImage(store, name);
  const names = await referencesOf(store, record);
  const gone = leaving(name, { record, names, force });
  for (const reference of gone) await store.images.untag(reference);
  const isLast = gone.length === names.length;
  if (isLast) await store.images.remove(record.id);
  return { untagged: gone.map(familiarName), deleted: isLast ? [record.id] : [] };
}

function leaving(
  name: string,
  {
    record,
    names,
    force,
  }: { readonly record: ImageRecord; readonly names: readonly Reference[]; readonly force: boolean },
): readonly Reference[] {
  const said = readReference(name);
  const byName = said ? canonicalName(withDefaultTag(said)) : "";
  const named = names.filter((reference) => canonicalName(reference) === byName);
  if (named.length > 0) return named;
  if (names.length > 1 && !force)
    throw new TareError(
      "user-conflict",
      `image ${record.id} has several names: ${names.map(familiarName).join(", ")}`,
      {
        hint: "remove them by name, or all at once with --force",
      },
    );
  return names;
}

/** An image whose config is damaged is listed all the same, by what its record says. */
async function readableConfig(store: Store, record: ImageRecord): Promise<Partial<ImageConfig>> {
  try {
    return await store.images.config(record);
  } catch (error) {
    if (error instanceof TareError && error.code.startsWith("integrity-")) return {};
    throw error;
  }
}

async function summary(
  store: Store,
  record: ImageRecord,
  references: readonly Reference[],
): Promise<ImageSummary> {
  const [config, sizes] = await Promise.all([
    readableConfig(store, record),
    Promise.all(record.layers.map(store.layers.compressedSize)),
  ]);
  const contentSize = sizes.reduce<number | undefined>(
    (sum, one) => (sum === undefined || one === undefined ? undefined : sum + one),
    0,
  );
  return {
    id: record.id,
    platform: record.platform,
    references,
    size: record.size,
    labels: config.config?.Labels ?? {},
    dangling: references.length === 0,
    ...(isTime(config.created) && { created: config.created }),
    ...(record.manifest !== undefined && { digest: record.manifest }),
    ...(contentSize !== undefined && { contentSize }),
  };
}

/** Whoever made an image may have written anything for its time. */
function isTime(created: unknown): created is string {
  return typeof created === "string" && !Number.isNaN(Date.parse(created));
}
