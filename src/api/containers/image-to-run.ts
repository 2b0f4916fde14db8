import { defined, TareError } from "../../base/index.ts";
import { formatPlatform, platformOf } from "../../oci/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import { type ImageRecord, openStore } from "../../store/index.ts";
import { runnableArchitectures } from "../build/runnable.ts";
import { existingImage } from "../existing-image.ts";
import { findImage } from "../images/find-image.ts";
import { storeFolder } from "../store-choice.ts";
import { pullImage } from "../transfer/pull.ts";
import { thisMachine } from "../workplace.ts";
import type { RunRequest } from "./run-request.ts";

/**
 * Sees to it that an image that is to run is in the store as a whole, and says by what name: one that is missing is
 * looked for wherever its name leads, as `findImage` says. `resolve-*`, `registry-*`, `integrity-*`.
 */
export async function imageToRun(
  { image, platform, pull = "missing", environment, root }: RunRequest,
  emit: (event: BuildEvent) => void,
  signal: AbortSignal,
): Promise<string> {
  const choice = defined({ environment, root, platform });
  if (pull === "always") await pullImage({ name: image, ...choice }, emit, signal);
  const store = await openStore(storeFolder(choice));
  await using _lease = await store.hold(`tare run ${image}`);
  const { record } =
    pull === "never"
      ? { record: await existingImage(store, image, platform) }
      : await findImage(image, { store, emit, ...choice }, signal);
  refuseForeign(record);
  return (await store.images.resolve(image))?.id === record.id ? image : record.id;
}

/** Told before a container is made, where the kernel would only say that it knows no such programs. */
function refuseForeign({ platform }: ImageRecord): void {
  const { arch } = thisMachine();
  if (runnableArchitectures(arch).includes(platform.architecture)) return;
  const [own, other] = [platformOf(arch), platform].map(formatPlatform);
  throw new TareError("user-unsupported", `programs of ${other} do not run on ${own}`, {
    hint: `take an image for this machine (--platform ${own}), or install QEMU's emulators (binfmt-support, qemu-user-static)`,
  });
}
