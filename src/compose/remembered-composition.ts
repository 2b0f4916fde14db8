import { type Digest, sha256 } from "../base/index.ts";
import { canonicalJson } from "../graph/index.ts";
import type { Store } from "../store/index.ts";
import type { ComposedLayer } from "./compose-recipe.ts";

/**
 * What was composed and proved under a lock's digest, as long as all of its layers are there; else composes it. So what
 * was resolved again, and came to the same, is not composed again.
 */
export async function rememberedComposition(
  lock: Digest,
  store: Store,
  compose: () => Promise<readonly ComposedLayer[]>,
): Promise<readonly ComposedLayer[]> {
  const key = { type: "composition", lock };
  const digest = sha256(canonicalJson(key));
  const known = await layersOf(await store.keys.get(digest), store);
  if (known) return known;
  const composed = await compose();
  const result = {
    layers: composed.map(({ layer }) => layer.id),
    created: composed.map(({ created }) => created),
    comments: composed.map(({ comment }) => comment),
  };
  await store.keys.put(digest, { key, result });
  return composed;
}

async function layersOf(
  record: unknown,
  { layers: store }: Store,
): Promise<readonly ComposedLayer[] | undefined> {
  const { layers, created, comments } =
    (record as { readonly result?: Partial<Result> } | undefined)?.result ?? {};
  // Damaged files of the store may say anything.
  if (![layers, created, comments].every(Array.isArray)) return undefined;
  const found: ComposedLayer[] = [];
  for (const [at, id] of ((layers as readonly unknown[]) ?? []).entries()) {
    const layer = typeof id === "string" ? await store.get(id) : undefined;
    if (!layer) return undefined;
    found.push({ layer, created: Number(created?.[at]), comment: String(comments?.[at]) });
  }
  return found;
}

interface Result {
  readonly layers: readonly string[];
  readonly created: readonly number[];
  readonly comments: readonly string[];
}
