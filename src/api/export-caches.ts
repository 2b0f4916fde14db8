import { TareError } from "../base/index.ts";
import { layersOf, locationText } from "../remote-cache/index.ts";
import type { BuildEvent } from "../solver/index.ts";
import { openStore } from "../store/index.ts";
import type { CacheExport } from "./cache-job.ts";
import { findCacheLayers } from "./cache-layers.ts";
import { type BuiltRecords, recordsFor } from "./cache-records.ts";
import { writeToLayout } from "./cache-to-layout.ts";
import { writeToRegistry } from "./cache-to-registry.ts";
import type { BuildJob } from "./job.ts";
import { openRegistries, type RegistryAccess } from "./registry-access.ts";
import { transferStep } from "./transfer-step.ts";

interface Exporting {
  readonly records: BuiltRecords;
  readonly emit: (event: BuildEvent) => void;
  readonly now: () => number;
}

/**
 * Writes what a build knows to where the job wants it. What is there already is not sent. Layers that were never fetched
 * go from where they are; one that is lost there is left out, with the results that need it.
 */
export async function exportCaches(job: BuildJob, exporting: Exporting, signal: AbortSignal): Promise<void> {
  await using access = openRegistries(job, signal);
  for (const target of job.cacheTo) {
    const title = locationText(target.location);
    try {
      await transferStep(`exporting cache to ${title}`, exporting, () =>
        exportOne(job, { ...exporting, target, access }, signal),
      );
    } catch (error) {
      if (!mayFail(target, error)) throw error;
      const message = `no cache was written to ${title}: ${(error as Error).message}`;
      exporting.emit({ type: "notice", code: "cache-not-exported", message });
    }
  }
}

async function exportOne(
  job: BuildJob,
  {
    records,
    target: { location, mode },
    access,
  }: Exporting & { readonly target: CacheExport; readonly access: RegistryAccess },
  signal: AbortSignal,
): Promise<void> {
  const store = await openStore(job.root);
  const wanted = recordsFor(records, mode);
  const layers = await findCacheLayers(layersOf(wanted), { job, store, access }, signal);
  const outgoing = { records: wanted, layers, store };
  if (location.type === "local") return writeToLayout(outgoing, location, signal);
  const { reference } = location;
  return writeToRegistry(outgoing, { registry: access.registry(reference), reference }, signal);
}

function mayFail({ ignoreError }: CacheExport, error: unknown): boolean {
  return ignoreError && error instanceof TareError && error.code !== "user-cancelled";
}
