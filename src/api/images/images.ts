import { type Digest, defined, TareError } from "../../base/index.ts";
import {
  canonicalName,
  familiarName,
  parseReference,
  type Reference,
  readReference,
  samePlatform,
  withDefaultTag,
} from "../../oci/index.ts";
import { type ImageRecord, openStore, type Store, type StoredName } from "../../store/index.ts";
import { existingImage } from "../existing-image.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";
import { referencesOf } from "./inspect.ts";

/** Gives an image, or all that a name leads to, a further name. `resolve-image` when there is no source of that name or id. */
export async function tagImage(
  options: StoreChoice & { readonly source: string; readonly target: string },
): Promise<void> {
  const target = parseReference(options.target);
  if (target.digest !== undefined)
    throw new TareError("user-bad-reference", `${options.target}: a digest can not be given as a name`, {
      hint: "write NAME[:TAG]",
    });
  const store = await openStore(storeFolder(options));
  const named = await store.images.named(options.source);
  const record = await existingImage(store, options.source);
  await store.images.tag(withDefaultTag(target), named ?? record.id);
}

/** What `tare rmi` did: names that are gone, ids of images that went with their last name, and what it could not do. */
export interface Removal {
  readonly untagged: readonly string[];
  readonly deleted: readonly Digest[];
  /**
   * `resolve-image` for an unknown name, `user-conflict` for an id of several names and for an image that a running container
   * uses; without `force` each is an error.
   */
  readonly failures: readonly TareError[];
}

/** What `rmi` is asked for. */
export interface RemoveRequest extends StoreChoice {
  readonly names: readonly string[];
  readonly force?: boolean;
  /** Removes of an index only the image for this platform; the last one goes with the name. */
  readonly platform?: string;
}

/**
 * Removes names; an image without any left is removed too. By id, an image with several names is only
 * removed with `force`, and of an index one that is not for this machine alone. Layers stay until `prune`. What one name
 * fails by is told, and keeps nobody from the others.
 */
export async function removeImages(options: RemoveRequest): Promise<Removal> {
  const store = await openStore(storeFolder(options));
  const [untagged, deleted, failures]: [string[], Digest[], TareError[]] = [[], [], []];
  for (const name of options.names)
    try {
      const { force = false, platform } = options;
      const removed = await removeOne(store, { name, force, ...defined({ platform }) });
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
  { name, force, platform }: { readonly name: string; readonly force: boolean; readonly platform?: string },
): Promise<Omit<Removal, "failures">> {
  const lost = await store.images.named(name);
  if (lost && (await store.images.imagesOf(lost)).length === 0) return removeName(store, lost);
  const record = await existingImage(store, name, platform);
  const names = await referencesOf(store, record);
  const gone = leaving(name, { record, names, force });
  if (!force && gone.length === names.length) refuseInUse(store, name, record);
  const untagged: Reference[] = [];
  const images = new Set([record.id]);
  for (const reference of gone) {
    const target = await store.images.named(canonicalName(reference));
    const shown = await store.images.resolve(canonicalName(reference));
    const isPart = platform !== undefined || shown?.id !== record.id;
    const own = target && isPart ? await store.images.imagesOf(target) : [];
    const rest = own.filter((one) => !isMeant(one, { record, platform }));
    if (target && rest.length > 0)
      await store.images.tag(reference, {
        ...target,
        images: rest.map(({ id }) => id),
        platforms: rest.map((one) => one.platform),
      });
    else {
      await store.images.untag(reference);
      untagged.push(reference);
      for (const id of target?.images ?? []) images.add(id);
    }
  }
  const kept = new Set((await store.images.names()).flatMap((other) => other.images));
  const deleted = [...images].filter((id) => !kept.has(id));
  for (const id of deleted) await store.images.remove(id);
  return { untagged: untagged.map(familiarName), deleted };
}

/** A name that leads to nothing: its images are lost. */
async function removeName(store: Store, { reference }: StoredName): Promise<Omit<Removal, "failures">> {
  await store.images.untag(reference);
  return { untagged: [familiarName(reference)], deleted: [] };
}

/** An image may stand in an index for several platforms, of which one is asked for. */
function isMeant(
  { id, platform: own }: ImageRecord,
  { record, platform }: { readonly record: ImageRecord; readonly platform: string | undefined },
): boolean {
  return id === record.id && (platform === undefined || samePlatform(own, record.platform));
}

/** Nothing that runs would lack anything; but whoever removes its image hardly knows that it runs. */
function refuseInUse(store: Store, name: string, { id }: ImageRecord): void {
  const running = store.containers.list().find(({ alive, record }) => alive && record.imageId === id);
  if (running)
    throw new TareError("user-conflict", `image ${name} is used by the container ${running.record.name}`, {
      hint: `stop it first: tare stop ${running.record.name}; with --force the image goes, and the container keeps its files`,
    });
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
