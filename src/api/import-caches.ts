import { TareError } from "../base/index.ts";
import { type Platform, parsePlatform, platformOf } from "../oci/index.ts";
import type { CacheLocation } from "../remote-cache/index.ts";
import type { BuildEvent } from "../solver/index.ts";
import type { ImportedDocument } from "./cache-job.ts";
import type { BuildJob } from "./job.ts";
import type { RegistryAccess } from "./registry-access.ts";
import { transferStep } from "./transfer-step.ts";
import type { Workplace } from "./workplace.ts";

interface Importing {
  readonly workplace: Workplace;
  readonly emit: (event: BuildEvent) => void;
}

/**
 * The job with the records of its `cacheFrom`, in their order. A cache that is not there or can not be read is a notice:
 * the build does without it.
 */
export async function importCaches(
  job: BuildJob,
  { workplace, emit }: Importing,
  signal: AbortSignal,
): Promise<BuildJob> {
  if (job.cacheFrom.length === 0) return job;
  const { openRegistries } = await import("./registry-access.ts");
  await using access = openRegistries(job, signal);
  const host = platformOf(workplace.arch);
  const platform = job.platform === undefined ? host : parsePlatform(job.platform, host);
  const documents = await Promise.all(
    job.cacheFrom.map((location) =>
      importOne(location, { access, platform, emit, now: workplace.now }, signal),
    ),
  );
  return { ...job, imported: documents.filter((document) => document !== undefined) };
}

interface ImportingOne extends Pick<Importing, "emit"> {
  readonly access: RegistryAccess;
  readonly platform: Platform;
  readonly now: () => number;
}

async function importOne(
  location: CacheLocation,
  { access, platform, emit, now }: ImportingOne,
  signal: AbortSignal,
): Promise<ImportedDocument | undefined> {
  const { locationText, openPlace, readCache } = await import("../remote-cache/index.ts");
  const title = locationText(location);
  try {
    return await transferStep(`importing cache manifest from ${title}`, { emit, now }, async () => {
      const place = openPlace(location, (reference) => access.registry(reference), signal);
      return { ...(await readCache(place, platform)), location };
    });
  } catch (error) {
    if (!(error instanceof TareError) || error.code === "user-cancelled") throw error;
    const message = `no cache is taken from ${title}: ${error.message}`;
    emit({ type: "notice", code: "cache-not-imported", message });
    return undefined;
  }
}
