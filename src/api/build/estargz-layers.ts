import { mapConcurrent, TareError } from "../../base/index.ts";
import type { Store, StoredLayer } from "../../store/index.ts";
import type { MadeImage } from "./finish-build.ts";
import type { BuildJob } from "./job.ts";
import type { ImagePlan } from "./plan-job.ts";

/** Layers whose lists of files are in memory at the same time. */
const AT_ONCE = 2;

/**
 * The image of layers with tables of contents, where the build is to make such ones: other layers than without, so another
 * image. The layers of its bases stay as they are, as those do that no build has fetched.
 */
export async function withTables<T extends MadeImage>(
  { estargzLevel: level }: Pick<BuildJob, "estargzLevel">,
  image: T,
  store: Store,
): Promise<T> {
  if (level === undefined) return image;
  const { plan, snapshot } = image;
  const bases = await baseLayers(plan, store);
  const layers = await mapConcurrent(snapshot.layers, AT_ONCE, async (layer): Promise<StoredLayer> => {
    const local = layer.elsewhere || bases.has(layer.id) ? undefined : await store.layers.get(layer.id);
    return local ? store.layers.addEstargz(local, { level }) : layer;
  });
  return { ...image, snapshot: { ...snapshot, layers } };
}

async function baseLayers({ graph, imageOf }: ImagePlan, store: Store): Promise<ReadonlySet<string>> {
  const ids = graph.vertices.flatMap(({ op }) => (op.type === "source" ? (imageOf(op) ?? []) : []));
  const records = await Promise.all(ids.map((id) => store.images.resolve(id)));
  return new Set(records.flatMap((record) => record?.layers ?? []));
}

/** A cache in an image names the layers that the build made, and these are others. */
export function refuseInlineCache({
  estargzLevel,
  inlineCache,
}: Pick<BuildJob, "estargzLevel" | "inlineCache">): void {
  if (estargzLevel === undefined || !inlineCache) return;
  throw new TareError("user-unsupported", "compression=estargz and an inline cache do not go together yet", {
    hint: "keep the cache beside the image: --cache-to type=registry,ref=NAME",
  });
}
