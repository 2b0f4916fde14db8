import { TareError } from "../base/index.ts";
import { formatPlatform, type Platform, parsePlatform, platformOf } from "../oci/index.ts";
import type { ImageRecord, Store } from "../store/index.ts";
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
  throw new TareError("resolve-image", `no such image: ${name}`, {
    hint: "`tare images -a` lists what there is, `tare pull` fetches what a registry has",
  });
}

/** A platform as people write it; undefined when nobody has. */
export function platformGiven(text: string | undefined): Platform | undefined {
  return text === undefined ? undefined : parsePlatform(text, platformOf(thisMachine().arch));
}

/** All images that a name or an id leads to; `resolve-image` when there is none. */
export async function existingImages(store: Store, name: string): Promise<readonly ImageRecord[]> {
  const ids = (await store.images.named(name))?.images ?? [];
  const found = (await Promise.all(ids.map((id) => store.images.resolve(id)))).filter(
    (record) => record !== undefined,
  );
  return found.length > 0 ? found : [await existingImage(store, name)];
}

async function otherPlatforms(store: Store, name: string, wanted: Platform): Promise<TareError> {
  const there = (await existingImages(store, name)).map(({ platform }) => formatPlatform(platform));
  const message = `image with reference ${name} was found but does not provide the specified platform (${formatPlatform(wanted)})`;
  return new TareError("resolve-image", message, {
    hint: `it is here for ${there.join(", ")}; \`tare pull --platform\` fetches what a registry has`,
  });
}
