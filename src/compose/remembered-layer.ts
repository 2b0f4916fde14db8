import { sha256 } from "../base/index.ts";
import { canonicalJson } from "../graph/index.ts";
import type { Store, StoredLayer } from "../store/index.ts";

/** A layer, and what else is known of it: plain JSON. */
export interface KnownLayer<F> {
  readonly layer: StoredLayer;
  readonly facts: F;
}

/**
 * The layer that the store has under a key, which names all that the layer depends on; else makes it, and remembers it.
 * Two that do so at once both make it, and come to the same.
 */
export async function rememberedLayer<F>(
  key: Readonly<Record<string, unknown>>,
  { layers, keys }: Store,
  make: () => Promise<KnownLayer<F>>,
): Promise<KnownLayer<F>> {
  const digest = sha256(canonicalJson(key));
  const record = (await keys.get(digest)) as Partial<LayerMemory<F>> | undefined;
  const [id] = record?.result?.layers ?? [];
  const layer = typeof id === "string" ? await layers.get(id) : undefined;
  if (layer && record?.facts !== undefined) return { layer, facts: record.facts };
  const made = await make();
  const memory: LayerMemory<F> = { key, result: { layers: [made.layer.id] }, facts: made.facts };
  await keys.put(digest, memory);
  return made;
}

interface LayerMemory<F> {
  readonly key: object;
  /** What prune reads to know which layers are still of use. */
  readonly result: { readonly layers: readonly string[] };
  readonly facts: F;
}
