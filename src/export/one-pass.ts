import { collectBytes, type Digest, sha256 } from "../base/index.ts";
import { type Layout, type LayoutBlob, type LayoutLayer, layoutPieces, layoutTar } from "../layout/index.ts";
import type { StoredLayer } from "../store/index.ts";
import { type Destination, rewriteDestination } from "./destination.ts";
import type { DraftFile } from "./draft-file.ts";
import { uncompressedLayer } from "./layers.ts";
import type { ExportImage } from "./types.ts";

/** The layout of an image whose layers have these digests. */
export type Describe = (layers: readonly LayoutLayer[], diffIds: readonly Digest[]) => Layout;

/**
 * Writes the tar of a layout whose layers are not compressed, and reads each layer once. Sizes are known before, and
 * a digest is as long as any other one: the tar is written with made-up digests, the layers tell the real ones on
 * the way, then everything that names them is written again in its place.
 */
export async function writeInOnePass(
  destination: Destination & { readonly dest: string },
  { image, describe }: { readonly image: ExportImage; readonly describe: Describe },
  signal: AbortSignal,
): Promise<Layout> {
  const made = await described(image, { describe, digestOf: madeUpDigest });
  let { layout } = made;
  await rewriteDestination(
    destination,
    async (file) => {
      await file.append(layoutTar(made.layout, signal));
      const real = await described(image, { describe, digestOf: (layer) => layer.diffId() });
      layout = real.layout;
      if (samePlaces(made.layout, layout)) await writeNames(file, real);
      else {
        await file.clear();
        await file.append(layoutTar(layout, signal));
      }
    },
    signal,
  );
  return layout;
}

interface Described {
  readonly layout: Layout;
  readonly layers: readonly LayoutLayer[];
}

async function described(
  { layers: stored }: ExportImage,
  {
    describe,
    digestOf,
  }: { readonly describe: Describe; readonly digestOf: (layer: StoredLayer) => Promise<Digest> },
): Promise<Described> {
  const diffIds = await Promise.all(stored.map(digestOf));
  const layers = await Promise.all(
    stored.map((layer, at) => uncompressedLayer(layer, diffIds[at] as Digest)),
  );
  return { layout: describe(layers, diffIds), layers };
}

/** What takes no time to read is read before: several of them may be the same, which are one blob then. */
const SMALL = 1024 * 1024;

async function madeUpDigest(layer: StoredLayer): Promise<Digest> {
  const known = layer.form === "tar" || (await layer.tarSize()) <= SMALL;
  return known ? layer.diffId() : sha256(layer.id);
}

/** Not so when two large layers turn out to be the same. */
function samePlaces(made: Layout, real: Layout): boolean {
  const [before, after] = [layoutPieces(made), layoutPieces(real)];
  return (
    before.length === after.length && before.every(({ position }, at) => position === after[at]?.position)
  );
}

/** Writes everything but the layers themselves. */
async function writeNames(file: DraftFile, { layout, layers }: Described): Promise<void> {
  const isLayer = new Set<LayoutBlob>(layers);
  for (const { position, head, blob } of layoutPieces(layout)) {
    await file.overwrite(head, position);
    if (!blob || isLayer.has(blob)) continue;
    await file.overwrite(await collectBytes(blob.bytes()), position + head.length);
  }
}
