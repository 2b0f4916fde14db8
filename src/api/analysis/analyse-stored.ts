import type { FileAnalysis, LayerContent } from "../../analysis/index.ts";
import { gzip } from "../../archive/index.ts";
import { defined, hexOf, sha256, withoutGarbage } from "../../base/index.ts";
import { type LayerParts, type LocalLayer, openStore, type Store } from "../../store/index.ts";
import { localLayers } from "./local-layers.ts";

/** Layers to look into; plain, so that it can cross to the engine. */
export interface AnalyseJob {
  readonly root: string;
  /** Ids in the store, bottom first. */
  readonly layers: readonly string[];
  /** Bytes of the compressed forms where somebody knows them; null where nobody does. */
  readonly compressed: readonly (number | null)[];
}

/** Raised when the same layers would give another value. */
const VERSION = 8;

/** Tars up to so many bytes are compressed to see what they come to; of larger ones samples are. */
const SMALL = 16 * 1024 * 1024;

/** What was remembered of these layers, with sizes that have become known since; undefined when nothing was. */
export async function readAnalysis(store: Store, job: AnalyseJob): Promise<FileAnalysis | undefined> {
  const layers = await localLayers(store, job.layers);
  const bytes = await layers.at(-1)?.note(noteName(job));
  const found = bytes && parsed(bytes);
  return found && withKnownSizes(found, await knownSizes(layers, job));
}

/** Looks into the layers, in a process that can read all of them, and remembers what was found. */
export async function analyseStored(
  job: AnalyseJob,
  place: { readonly userNamespace?: boolean },
  signal: AbortSignal,
): Promise<FileAnalysis> {
  const { analyseFiles } = await import("../../analysis/index.ts");
  const store = await openStore(job.root, place);
  const layers = await localLayers(store, job.layers);
  const parts = await Promise.all(layers.map((layer) => layer.parts()));
  try {
    const found = await analyseFiles(await contentsOf(layers, { job, parts }), signal);
    await layers.at(-1)?.keepNote(noteName(job), Buffer.from(JSON.stringify({ version: VERSION, ...found })));
    return found;
  } finally {
    for (const part of parts) part[Symbol.dispose]();
  }
}

async function contentsOf(
  layers: readonly LocalLayer[],
  { job, parts }: { readonly job: AnalyseJob; readonly parts: readonly LayerParts[] },
): Promise<readonly LayerContent[]> {
  const known = await knownSizes(layers, job);
  return Promise.all(
    layers.map(async (layer, at) => ({
      id: layer.id,
      index: await layer.index(),
      read: (parts[at] as LayerParts).read,
      ...defined({ compressed: known[at] ?? (await compressedSize(layer)) }),
    })),
  );
}

function noteName({ layers }: AnalyseJob): string {
  return `analysis-${hexOf(sha256(layers.join(" "))).slice(0, 16)}`;
}

/** One that is torn, or of another version, counts as absent. */
function parsed(bytes: Buffer): FileAnalysis | undefined {
  try {
    const { version, ...found } = JSON.parse(bytes.toString("utf8"));
    return version === VERSION ? found : undefined;
  } catch {
    return undefined;
  }
}

function knownSizes(
  layers: readonly LocalLayer[],
  { compressed }: AnalyseJob,
): Promise<readonly (number | undefined)[]> {
  return Promise.all(
    layers.map(async (layer, at) => (await layer.compressedSize()) ?? compressed[at] ?? undefined),
  );
}

async function compressedSize(layer: LocalLayer): Promise<number | undefined> {
  if ((await layer.tarSize()) > SMALL) return undefined;
  let size = 0;
  for await (const chunk of withoutGarbage(gzip(layer.tar()))) size += chunk.length;
  return size;
}

function withKnownSizes(found: FileAnalysis, known: readonly (number | undefined)[]): FileAnalysis {
  if (!found.totals.isEstimated) return found;
  const layers = found.layers.map((layer, at) => {
    const compressed = known[at];
    return compressed === undefined || !layer.isEstimated
      ? layer
      : { ...layer, compressed, isEstimated: false };
  });
  const compressed = layers.reduce((sum, layer) => sum + layer.compressed, 0);
  const isEstimated = layers.some((layer) => layer.isEstimated);
  return { ...found, layers, totals: { ...found.totals, compressed, isEstimated } };
}
