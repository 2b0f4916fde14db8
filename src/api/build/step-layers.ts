import type { Digest } from "../../base/index.ts";
import type { Vertex } from "../../graph/index.ts";
import { type CacheKey, resultLayers } from "../../solver/index.ts";
import type { Store } from "../../store/index.ts";
import type { ImagePlan } from "./plan-job.ts";

/** The layers of every step's result, by ids, as far as the store knows them; sizes in bytes. */
export interface Layered {
  /** No vertex is the empty image. */
  of(vertex: Digest | undefined): readonly string[] | undefined;
  size(layers: readonly string[]): number;
  /** The layers that a step added to the file systems that it stands on. */
  added(vertex: Vertex): readonly string[] | undefined;
}

/** Reads them from the store: a few small files for each step. */
export async function openLayerSizes(
  store: Store,
  { plan, keys }: { readonly plan: ImagePlan; readonly keys: ReadonlyMap<Vertex, CacheKey> },
): Promise<Layered> {
  const layers = new Map<Digest, readonly string[]>();
  const sizes = new Map<string, number>();
  for (const vertex of plan.graph.vertices) {
    const found = await layersOf(vertex, { store, plan, key: keys.get(vertex) });
    if (found) layers.set(vertex.digest, found);
    for (const id of found ?? []) if (!sizes.has(id)) sizes.set(id, (await store.layers.get(id))?.size ?? 0);
  }
  const size = (ids: readonly string[]) => ids.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0);
  const of = (vertex: Digest | undefined) => (vertex === undefined ? [] : layers.get(vertex));
  return {
    of,
    size,
    added(vertex) {
      const below = new Set(standsOn(vertex).flatMap((input) => of(input) ?? []));
      return of(vertex.digest)?.filter((id) => !below.has(id));
    },
  };
}

/** The inputs whose layers a result begins with; what is copied or mounted is not below it. */
function standsOn({ op, inputs }: Vertex): readonly Digest[] {
  if (op.type === "file") return inputs.slice(op.base, op.base < 0 ? 0 : op.base + 1);
  return op.type === "exec" ? inputs.slice(0, 1) : inputs;
}

async function layersOf(
  { op }: Vertex,
  {
    store,
    plan,
    key,
  }: { readonly store: Store; readonly plan: ImagePlan; readonly key: CacheKey | undefined },
): Promise<readonly string[] | undefined> {
  if (key) return resultLayers(store, key.digest);
  const image = op.type === "source" ? plan.imageOf(op) : undefined;
  return image && (await store.images.resolve(image))?.layers;
}
