import type { BuildEvent } from "../solver/index.ts";
import { openStore } from "../store/index.ts";
import { findImage } from "./find-image.ts";
import { pullImage } from "./pull.ts";
import type { RunRequest } from "./run-request.ts";
import { storeFolder } from "./store-choice.ts";

/**
 * Sees to it that an image that is to run is in the store as a whole, and says by what name: one that is missing is
 * looked for wherever its name leads, as `findImage` says. `resolve-*`, `registry-*`, `integrity-*`.
 */
export async function imageToRun(
  { image, pull = "missing", environment, root }: RunRequest,
  emit: (event: BuildEvent) => void,
  signal: AbortSignal,
): Promise<string> {
  if (pull === "never") return image;
  const choice = { ...(environment && { environment }), ...(root !== undefined && { root }) };
  if (pull === "always") await pullImage({ name: image, ...choice }, emit, signal);
  const store = await openStore(storeFolder(choice));
  await using _lease = await store.hold(`tare run ${image}`);
  const { record } = await findImage(image, { store, emit, ...choice }, signal);
  return (await store.images.resolve(image)) ? image : record.id;
}
