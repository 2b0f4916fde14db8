import type { FileNeeds } from "../../causes/index.ts";
import { openImage } from "../../solver/index.ts";
import { openStore } from "../../store/index.ts";
import { localLayers } from "./local-layers.ts";

/** Files of an image whose users are wanted; plain, so that it can cross to the engine. */
export interface NeedsJob {
  readonly root: string;
  /** Its id. */
  readonly image: string;
  readonly paths: readonly string[];
}

/** Who needs the files, by path, in a process that can read all of the image. */
export async function needsStored(
  { root, image, paths }: NeedsJob,
  place: { readonly userNamespace?: boolean },
): Promise<Readonly<Record<string, FileNeeds>>> {
  const { findNeeds } = await import("../../causes/index.ts");
  const store = await openStore(root, place);
  const { config, files } = await openImage(store, image);
  const local = await localLayers(
    store,
    files.layers.map(({ id }) => id),
  );
  const indexes = await Promise.all(local.map((layer) => layer.index()));
  const parts = await Promise.all(local.map((layer) => layer.parts()));
  try {
    const layers = parts.map(({ read }, at) => ({ index: indexes[at] ?? { entries: [] }, read }));
    return findNeeds(layers, { paths, environment: config.config?.Env ?? [] });
  } finally {
    for (const part of parts) part[Symbol.dispose]();
  }
}
