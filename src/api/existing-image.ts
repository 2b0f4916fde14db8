import { TareError } from "../base/index.ts";
import { familiarName, formatPlatform, type Platform, parsePlatform, platformOf } from "../oci/index.ts";
import type { ImageRecord, Store, StoredName } from "../store/index.ts";
import { thisMachine } from "./workplace.ts";

/**
 * An image of the store by name or id; of several that a name leads to the one for a platform (`linux/arm64`), default this
 * machine's. `resolve-image` when there is none.
 */
export async function existingImage(store: Store, name: string, platform?: string): Promise<ImageRecord> {
  const wanted = platformGiven(platform);
  const record = await store.images.resolve(name, wanted);
  if (record) return record;
  if (wanted && (await store.images.resolve(name))) throw await otherPlatforms(store, name, wanted);
  const named = await store.images.named(name);
  if (named) throw lostImage(named);
  throw new TareError("resolve-image", `no such image: ${name}`, {
    hint: "`tare images -a` lists what there is, `tare pull` fetches what a registry has",
  });
}

/** `integrity-store`: a name whose images are not all there, as when somebody has removed files of the store. */
export function lostImage({ reference, images }: StoredName): TareError {
  const name = familiarName(reference);
  const lost = images.length === 1 ? "its image is lost" : "images that it leads to are lost";
  return new TareError(
    "integrity-store",
    `the local store is damaged: it has the name ${name}, but ${lost}`,
    {
      hint: `pull, load or build it again; \`tare rmi ${name}\` removes the name`,
    },
  );
}

/** A platform as people write it; undefined when nobody has. */
export function platformGiven(text: string | undefined): Platform | undefined {
  return text === undefined ? undefined : parsePlatform(text, platformOf(thisMachine().arch));
}

/** All images that a name or an id leads to; `resolve-image` when there is none. */
async function existingImages(store: Store, name: string): Promise<readonly ImageRecord[]> {
  const named = await store.images.named(name);
  const found = named ? await store.images.imagesOf(named) : [];
  return found.length > 0 ? found : [await existingImage(store, name)];
}

async function otherPlatforms(store: Store, name: string, wanted: Platform): Promise<TareError> {
  const there = (await existingImages(store, name)).map(({ platform }) => formatPlatform(platform));
  const message = `image with reference ${name} was found but does not provide the specified platform (${formatPlatform(wanted)})`;
  return new TareError("resolve-image", message, {
    hint: `it is here for ${there.join(", ")}; \`tare pull --platform\` fetches what a registry has`,
  });
}
