import { TareError } from "../base/index.ts";
import { formatPlatform, parsePlatform, platformOf } from "../oci/index.ts";
import type { BuildEvent } from "../solver/index.ts";
import { type ImageRecord, openStore, type Store } from "../store/index.ts";
import { findImage } from "./find-image.ts";
import { pullImage } from "./pull.ts";
import type { RunRequest } from "./run-request.ts";
import { storeFolder } from "./store-choice.ts";
import { thisMachine } from "./workplace.ts";

/**
 * Sees to it that an image that is to run is in the store as a whole, and says by what name: one that is missing is
 * looked for wherever its name leads, as `findImage` says. `resolve-*`, `registry-*`, `integrity-*`.
 */
export async function imageToRun(
  { image, pull = "missing", platform, environment, root }: RunRequest,
  emit: (event: BuildEvent) => void,
  signal: AbortSignal,
): Promise<string> {
  const choice = { ...(environment && { environment }), ...(root !== undefined && { root }) };
  const wanted = { ...choice, ...(platform !== undefined && { platform }) };
  if (pull === "always") await pullImage({ name: image, ...wanted }, emit, signal);
  const store = await openStore(storeFolder(choice));
  await using _lease = await store.hold(`tare run ${image}`);
  const known = pull === "never" ? await store.images.resolve(image) : undefined;
  // What is not there is told by whoever opens it.
  if (pull === "never" && !known) return image;
  const { record } = known ? { record: known } : await findImage(image, { store, emit, ...wanted }, signal);
  if (platform !== undefined) await assertPlatform(record, { store, platform });
  return (await store.images.resolve(image)) ? image : record.id;
}

/** A name leads to one image here, whatever its platform. */
async function assertPlatform(
  record: ImageRecord,
  { store, platform }: { readonly store: Store; readonly platform: string },
): Promise<void> {
  const { os, architecture, variant } = await store.images.config(record);
  const wanted = parsePlatform(platform, platformOf(thisMachine().arch));
  const isSame = wanted.os === os && wanted.architecture === architecture;
  if (isSame && (variant === undefined || wanted.variant === undefined || wanted.variant === variant)) return;
  throw new TareError(
    "user-conflict",
    `the image is for ${formatPlatform({ os, architecture, ...(variant !== undefined && { variant }) })}, not ${platform}`,
    { hint: `fetch the other one: tare pull --platform ${platform}, or tare run --pull always` },
  );
}
