import { createHasher, type Digest } from "../base/index.ts";
import type { Store } from "../store/index.ts";
import { type Bytes, type Entry, encodeIndex } from "../tree/index.ts";
import type { LayerPart } from "./arrange.ts";
import type { ComposedLayer } from "./compose-recipe.ts";
import { rememberedLayer } from "./remembered-layer.ts";

/** Raised when the same entries become another layer. */
const GENERATION = 2;

/** Makes a layer, unless the store has it: what is in a layer is known before any of it is written. */
export async function writePart(
  { comment, youngest, placed }: LayerPart,
  store: Store,
): Promise<ComposedLayer> {
  const entries = placed.map(({ entry }) => entry);
  const key = { type: "composed-layer", entries: digestOf(entries), generation: GENERATION };
  const { layer } = await rememberedLayer(key, store, async () => {
    const byPath = new Map(placed.map((one) => [one.entry.path, one]));
    const read = ({ path }: Entry) => byPath.get(path)?.read?.() ?? nothing();
    return { layer: await store.layers.addEntries(entries, read, { unsettled: true }), facts: {} };
  });
  return { layer, created: youngest * 1000, comment };
}

function digestOf(entries: readonly Entry[]): Digest {
  const hasher = createHasher();
  for (const chunk of encodeIndex({ entries })) hasher.update(chunk);
  return hasher.digest();
}

async function* nothing(): Bytes {}
