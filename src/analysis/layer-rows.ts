import { promisify } from "node:util";
import { deflateRaw } from "node:zlib";
import type { Entry } from "../tree/index.ts";
import type { ImageContent } from "./analyse-files.ts";
import type { LayerContent } from "./analysed-image.ts";
import type { AnalysedLayer, HiddenFile } from "./types.ts";

/** What each layer weighs; `compressed` are the sizes of `compressedSizes`. */
export function layerRows(
  { layers }: Pick<ImageContent, "layers">,
  { compressed, hidden }: { readonly compressed: readonly number[]; readonly hidden: readonly HiddenFile[] },
): readonly AnalysedLayer[] {
  const lost = layers.map(() => 0);
  for (const { layer, size } of hidden) lost[layer] = (lost[layer] ?? 0) + size;
  return layers.map((layer, number) => {
    const { entries } = layer.index;
    return {
      number,
      id: layer.id,
      size: entries.reduce((sum, { size }) => sum + size, 0),
      compressed: compressed[number] ?? 0,
      isEstimated: layer.compressed === undefined,
      files: entries.filter(({ kind }) => kind === "file" || kind === "hardlink").length,
      hidden: lost[number] ?? 0,
    };
  });
}

/** Bytes of each layer when compressed, known or estimated; the work is done beside other work. */
export function compressedSizes({ layers }: Pick<ImageContent, "layers">): Promise<readonly number[]> {
  return Promise.all(layers.map(async (layer) => layer.compressed ?? estimateCompressed(layer)));
}

const deflate = promisify(deflateRaw);

/** Bytes of a sample, a few of deflate's windows, and how many there are at most. */
const SAMPLE = 128 * 1024;
const SAMPLES = 32;
/** What a compressed header of a tar comes to, as it was seen in images of distributions. */
const HEADER = 45;

/**
 * About how many bytes a layer has when it is compressed as gzip does by default: samples of its files, in the order in
 * which they stand, taken at equal distances. Within a few percent for layers of many files.
 */
export async function estimateCompressed({
  index,
  read,
}: Pick<LayerContent, "index" | "read">): Promise<number> {
  const files = index.entries.filter(({ kind, size }) => kind === "file" && size > 0);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const headers = index.entries.length * HEADER;
  if (total === 0) return headers;
  const count = Math.min(SAMPLES, Math.ceil(total / SAMPLE));
  const samples = samplesOf(files, { distance: total / count, read });
  const taken = samples.reduce((sum, { length }) => sum + length, 0);
  const deflated = await Promise.all(samples.map((sample) => deflate(sample)));
  const small = deflated.reduce((sum, { length }) => sum + length, 0);
  return Math.round((small / taken) * total) + headers;
}

/** The bytes from each n-th multiple of `distance` on, as if all files were one. */
function samplesOf(
  files: readonly Entry[],
  { distance, read }: { readonly distance: number } & Pick<LayerContent, "read">,
): readonly Buffer[] {
  const samples: Buffer[] = [];
  let parts: Uint8Array[] = [];
  let missing = SAMPLE;
  let start = 0;
  for (const file of files) {
    for (let at = Math.max(0, Math.floor(samples.length * distance) - start); at < file.size; ) {
      const part = read(file, at, missing);
      if (part.length === 0) break;
      parts.push(part);
      missing -= part.length;
      at += part.length;
      if (missing > 0) continue;
      samples.push(Buffer.concat(parts));
      parts = [];
      missing = SAMPLE;
      at = Math.max(at, Math.floor(samples.length * distance) - start);
    }
    start += file.size;
  }
  return parts.length > 0 ? [...samples, Buffer.concat(parts)] : samples;
}
