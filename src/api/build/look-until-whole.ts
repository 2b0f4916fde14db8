import { TareError } from "../../base/index.ts";
import type { Vertex } from "../../graph/index.ts";
import type { Snapshot } from "../../solver/index.ts";
import { fetchPromisedLayers } from "../transfer/promised-layers.ts";
import { leavesLayers, type SettledImages } from "./base-image.ts";
import type { BuildJob } from "./job.ts";
import { type LookedAt, type LookPlace, lookAtJob } from "./look-job.ts";

/** More damages than these, one after the other, are a disk that fails. */
const MOST = 5;

/** The job needs the engine, which need not look again for what its names mean. */
export interface Elsewhere {
  readonly images: SettledImages;
}

/**
 * Looks at the job, or tells that it needs the engine. What is going to be read here is checked before anything runs:
 * a layer that is damaged counts as absent from then on, so another look finds what has to run in its place. Damage
 * that is still there then, as in an image that nothing here makes, is an error: `integrity-store`.
 */
export async function lookUntilWhole(
  job: BuildJob,
  place: LookPlace,
  signal: AbortSignal,
): Promise<LookedAt | Elsewhere> {
  const damages = new Set<string>();
  for (;;) {
    try {
      const looked = await lookOnce(job, place, signal);
      for (const damage of damages) place.emit({ type: "notice", code: "store-damaged", message: damage });
      return looked;
    } catch (error) {
      const isDamage = error instanceof TareError && error.code === "integrity-store";
      if (!isDamage || damages.has(error.message) || damages.size === MOST) throw error;
      damages.add(error.message);
    }
  }
}

async function lookOnce(job: BuildJob, place: LookPlace, signal: AbortSignal): Promise<LookedAt | Elsewhere> {
  const looked = await lookAndFetch(job, place, signal);
  const { prepared } = looked;
  const { needed, check } = prepared;
  const elsewhere = !place.workplace.engine && needsEngine(job, looked);
  const isRead = needed.length > 0 || readsFiles(job);
  const late = prepared.late({ result: !leavesLayers(job) });
  try {
    const events = { emit: place.emit, now: place.workplace.now };
    if (late.length > 0) await fetchPromisedLayers(looked.store, { layers: late, events });
    if (!elsewhere && isRead) await check();
  } catch (error) {
    await looked[Symbol.asyncDispose]();
    throw error;
  }
  if (!elsewhere) return looked;
  await looked[Symbol.asyncDispose]();
  return { images: looked.plan.images };
}

/**
 * A look after which all that comes from elsewhere is here, or stays in a registry because nobody reads it: what can not be
 * had counts as absent, and another look follows.
 */
async function lookAndFetch(job: BuildJob, place: LookPlace, signal: AbortSignal): Promise<LookedAt> {
  for (;;) {
    const looked = await lookAtJob(job, place, signal);
    try {
      const { sources, adopt, known } = looked.prepared;
      const isHad = async () => ((await mayStay(job, looked)) ? allStay(known, place) : adopt());
      if (sources.size === 0 || (await isHad())) return looked;
    } catch (error) {
      await looked[Symbol.asyncDispose]();
      throw error;
    }
    await looked[Symbol.asyncDispose]();
  }
}

/** A result that is only pushed goes from registry to registry, if all of its layers are in one or here. */
async function mayStay(job: BuildJob, { prepared: { needed, known }, store }: LookedAt): Promise<boolean> {
  if (needed.length > 0 || !leavesLayers(job)) return false;
  const layers = known.flatMap((snapshot) => snapshot.layers);
  const had = layers.map(async ({ id, elsewhere }) => elsewhere ?? (await store.layers.get(id)));
  return (await Promise.all(had)).every((one) => one !== undefined);
}

/** Whether what is left in caches is still there: registries forget, and a push that finds it out is too late. */
async function allStay(known: readonly Snapshot[], { imported }: LookPlace): Promise<boolean> {
  const stay = await Promise.all(known.map((snapshot) => imported?.stays(snapshot) ?? true));
  return stay.every((one) => one);
}

/** Whether the outputs take files one by one, not only whole layers. */
function readsFiles({ outputs, sbom }: BuildJob): boolean {
  return outputs.some(
    ({ type }) => type === "tar" || type === "local" || (type === "oci" && sbom.length > 0),
  );
}

/**
 * RUN needs namespaces, and so does a composition that packages' own scripts finish. So does reading a directory layer
 * whose files belong to other users, which as root is no obstacle.
 */
function needsEngine(job: BuildJob, { plan, prepared }: Pick<LookedAt, "plan" | "prepared">): boolean {
  const { needed, known } = prepared;
  const runs = ({ op }: Vertex) =>
    op.type === "exec" || (op.type === "source" && plan.recipeOf(op)?.recipe.scripts === true);
  if (needed.some(runs)) return true;
  return needed.length > 0 || job.outputs.length > 0 || job.estargzLevel !== undefined
    ? known.some(({ layers }) => layers.some(({ form }) => form === "directory"))
    : false;
}
