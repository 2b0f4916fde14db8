import type { BuildEvent, StepTools } from "../../solver/index.ts";
import type { Store } from "../../store/index.ts";
import type { BuildJob } from "../build/job.ts";

/**
 * Opens cache mounts; a new one begins with what another machine had in it, if a source of the job has that. What can
 * not be read or is not what it should be is a notice, and the mount begins as it would have.
 */
export function cacheMounts(
  job: BuildJob,
  { store, emit }: { readonly store: Store; readonly emit: (event: BuildEvent) => void },
): StepTools["cacheMount"] {
  if (!job.importedMounts || job.importedMounts.length === 0) return store.cacheMount;
  return (wanted, signal) => {
    const fill = async (path: string) => {
      if (!(await fillFromElsewhere(job, { store, emit, id: wanted.id, path }, signal)))
        await wanted.fill(path);
    };
    return store.cacheMount({ ...wanted, fill }, signal);
  };
}

interface Filling {
  readonly store: Store;
  readonly emit: (event: BuildEvent) => void;
  readonly id: string;
  readonly path: string;
}

async function fillFromElsewhere(
  job: BuildJob,
  { store, emit, id, path }: Filling,
  signal: AbortSignal,
): Promise<boolean> {
  const [{ isLoss, locationText, openPlace, tarOf }, { openRegistries }] = await Promise.all([
    import("../../remote-cache/index.ts"),
    import("../transfer/registry-access.ts"),
  ]);
  await using access = openRegistries(job, signal);
  for (const { location, mounts } of job.importedMounts ?? []) {
    const mount = mounts.find((one) => one.id === id);
    if (!mount) continue;
    const place = openPlace(location, (reference) => access.registry(reference), signal);
    try {
      await store.fillCacheMount(path, { bytes: tarOf(place, mount), digest: mount.diffId });
      return true;
    } catch (error) {
      if (!isLoss(error)) throw error;
      const message = `${locationText(location)}: cache mount ${id} can not be used: ${error.message}`;
      emit({ type: "notice", code: "cache-damaged", message });
    }
  }
  return false;
}
