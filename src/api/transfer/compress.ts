import { openStore } from "../../store/index.ts";
import type { CompressJob } from "./readable-layers.ts";

export type { CompressJob };

/** Makes the compressed forms of layers, for a push that this process can not read them for. */
export async function compressLayers({ root, layers, userNamespace }: CompressJob): Promise<null> {
  const store = await openStore(root, { userNamespace });
  for (const id of layers) await (await store.layers.get(id))?.descriptor();
  return null;
}
