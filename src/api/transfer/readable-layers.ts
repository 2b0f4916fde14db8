import { userInfo } from "node:os";
import type { Store, StoredLayer } from "../../store/index.ts";
import { layerThere, type PushTarget } from "./push-layer.ts";

/** Layers to bring into their compressed form; plain, so that it can cross to the engine. */
export interface CompressJob {
  readonly root: string;
  readonly layers: readonly string[];
  readonly userNamespace: boolean;
}

/**
 * The same layers, so that this process can read what it has to send: an ordinary user's steps leave files of mapped
 * users, which only the engine can read. What the registry has needs no reading.
 */
export async function readableLayers(
  store: Store,
  { layers, target }: { readonly layers: readonly StoredLayer[]; readonly target: PushTarget },
  signal: AbortSignal,
): Promise<readonly StoredLayer[]> {
  if (userInfo().uid === 0) return layers;
  const needed: string[] = [];
  for (const layer of layers.filter(({ form }) => form === "directory"))
    if (!(await layerThere(store, { layer, original: undefined, target }, signal))) needed.push(layer.id);
  if (needed.length === 0) return layers;
  await compressInEngine(store, needed, signal);
  return Promise.all(layers.map(async (layer) => (await store.layers.get(layer.id)) ?? layer));
}

/** Makes the compressed forms of those layers that this process perhaps can not read. */
export async function compressUnreadable(
  store: Store,
  layers: readonly StoredLayer[],
  signal: AbortSignal,
): Promise<void> {
  const needed = layers.filter(({ form }) => form === "directory").map(({ id }) => id);
  if (userInfo().uid !== 0 && needed.length > 0) await compressInEngine(store, needed, signal);
}

async function compressInEngine(store: Store, layers: readonly string[], signal: AbortSignal): Promise<void> {
  const params: CompressJob = { root: store.root, layers, userNamespace: true };
  const { callEngine } = await import("../../engine/index.ts");
  await callEngine({ method: "compress", params }, { emit: () => {} }, signal);
}
