import { TareError } from "../../base/index.ts";
import { type Platform, platformOf } from "../../oci/index.ts";
import type { CacheLocation, CachePlace } from "../../remote-cache/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import { buildPlatforms } from "../build/build-platforms.ts";
import type { BuildJob } from "../build/job.ts";
import { openRegistries, type RegistryAccess } from "../transfer/registry-access.ts";
import { transferStep } from "../transfer-step.ts";
import type { Workplace } from "../workplace.ts";

interface Importing {
  readonly workplace: Workplace;
  readonly emit: (event: BuildEvent) => void;
}

/**
 * The job with the records of its `cacheFrom` and the lists of its `cacheMountsFrom`, in their order. What is not there
 * or can not be read is a notice: the build does without it.
 */
export async function importCaches(
  job: BuildJob,
  { workplace, emit }: Importing,
  signal: AbortSignal,
): Promise<BuildJob> {
  const { readCaches, readMounts } = await import("../../remote-cache/index.ts");
  await using access = openRegistries(job, signal);
  const host = platformOf(workplace.arch);
  const { platforms } = buildPlatforms(job, host);
  const [platform] = platforms as readonly [Platform];
  const importing = { access, emit, now: workplace.now };
  const [imported, importedMounts] = await Promise.all([
    importEach(
      job.cacheFrom,
      { ...importing, what: "cache", read: (place) => readCaches(place, platforms) },
      signal,
    ),
    importEach(
      job.cacheMountsFrom,
      {
        ...importing,
        what: "cache mounts",
        read: async (place) => [{ mounts: await readMounts(place, platform) }],
      },
      signal,
    ),
  ]);
  return { ...job, imported, importedMounts };
}

interface ImportingOf<T> {
  readonly access: RegistryAccess;
  readonly emit: (event: BuildEvent) => void;
  readonly now: () => number;
  /** What is imported, for people. */
  readonly what: string;
  readonly read: (place: CachePlace) => Promise<readonly T[]>;
}

async function importEach<T>(
  locations: readonly CacheLocation[],
  importing: ImportingOf<T>,
  signal: AbortSignal,
): Promise<readonly (T & { readonly location: CacheLocation })[]> {
  const found = await Promise.all(locations.map((location) => importOne(location, importing, signal)));
  return found.flat();
}

async function importOne<T>(
  location: CacheLocation,
  { access, emit, now, what, read }: ImportingOf<T>,
  signal: AbortSignal,
): Promise<readonly (T & { readonly location: CacheLocation })[]> {
  const { locationText, openPlace } = await import("../../remote-cache/index.ts");
  const title = locationText(location);
  try {
    return await transferStep(`importing ${what} from ${title}`, { emit, now }, async () => {
      const place = openPlace(location, (reference) => access.registry(reference), signal);
      return (await read(place)).map((one) => ({ ...one, location }));
    });
  } catch (error) {
    if (!(error instanceof TareError) || error.code === "user-cancelled") throw error;
    const message = `no ${what} ${what === "cache" ? "is" : "are"} taken from ${title}: ${error.message}`;
    emit({ type: "notice", code: "cache-not-imported", message });
    return [];
  }
}
