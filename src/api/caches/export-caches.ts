import { TareError } from "../../base/index.ts";
import { layersOf, locationText } from "../../remote-cache/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import { openStore } from "../../store/index.ts";
import type { BuildJob } from "../build/job.ts";
import type { JobResult } from "../build/run-job.ts";
import { openRegistries, type RegistryAccess } from "../transfer/registry-access.ts";
import { transferStep } from "../transfer-step.ts";
import type { CacheExport, ExportLocation } from "./cache-job.ts";
import { findCacheLayers } from "./cache-layers.ts";
import { type BuiltRecords, recordsFor } from "./cache-records.ts";
import { cacheInLayout, writeToLayout } from "./cache-to-layout.ts";
import { cacheInRegistry, writeToRegistry } from "./cache-to-registry.ts";
import { mountsArtifact } from "./mounts-artifact.ts";

interface Exporting extends Pick<JobResult, "records" | "cacheMounts"> {
  readonly emit: (event: BuildEvent) => void;
  readonly now: () => number;
}

/**
 * Writes what a build knows to where the job wants it. What is there already is not sent. Layers that were never fetched
 * go from where they are; one that is lost there is left out, with the results that need it.
 */
export async function exportCaches(job: BuildJob, exporting: Exporting, signal: AbortSignal): Promise<void> {
  const { records, cacheMounts = [] } = exporting;
  await using access = openRegistries(job, signal);
  for (const target of records ? job.cacheTo : [])
    await exportTo(target, { ...exporting, what: "cache" }, () =>
      exportRecords(job, { records: records as BuiltRecords, target, access }, signal),
    );
  for (const target of job.cacheMountsTo)
    await exportTo(target, { ...exporting, what: "cache mounts" }, () =>
      exportMounts(job, { ids: cacheMounts, target, access }, signal),
    );
}

/** One export as a step of the build. */
async function exportTo(
  { location, ignoreError }: ExportLocation,
  { emit, now, what }: Pick<Exporting, "emit" | "now"> & { readonly what: string },
  work: () => Promise<void>,
): Promise<void> {
  const title = locationText(location);
  try {
    await transferStep(`exporting ${what} to ${title}`, { emit, now }, work);
  } catch (error) {
    const mayFail = ignoreError && error instanceof TareError && error.code !== "user-cancelled";
    if (!mayFail) throw error;
    emit({
      type: "notice",
      code: "cache-not-exported",
      message: `${what} not written to ${title}: ${error.message}`,
    });
  }
}

async function exportRecords(
  job: BuildJob,
  {
    records,
    target: { location, mode },
    access,
  }: { readonly records: BuiltRecords; readonly target: CacheExport; readonly access: RegistryAccess },
  signal: AbortSignal,
): Promise<void> {
  const store = await openStore(job.root);
  const wanted = recordsFor(records, mode);
  const layers = await findCacheLayers(layersOf(wanted), { job, store, access }, signal);
  const outgoing = { records: wanted, layers, store };
  if (location.type === "local")
    return writeToLayout(await cacheInLayout(outgoing, signal), location, signal);
  const target = { registry: access.registry(location.reference), reference: location.reference };
  return writeToRegistry(await cacheInRegistry(outgoing, target, signal), target, signal);
}

async function exportMounts(
  job: BuildJob,
  {
    ids,
    target: { location },
    access,
  }: { readonly ids: readonly string[]; readonly target: ExportLocation; readonly access: RegistryAccess },
  signal: AbortSignal,
): Promise<void> {
  const store = await openStore(job.root);
  await using scratch = await store.scratch();
  const packed = await mountsArtifact(ids, { job, store, access, folder: scratch.path }, signal);
  if (location.type === "local") return await writeToLayout(packed, location, signal);
  const target = { registry: access.registry(location.reference), reference: location.reference };
  return await writeToRegistry(packed, target, signal);
}
