import type { ImageProvenance } from "../../provenance/index.ts";
import { openStore } from "../../store/index.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";

/** What the store knows of how an image's layers were made, by the image's id. */
export async function provenanceOf(choice: StoreChoice, id: string): Promise<ImageProvenance | undefined> {
  const store = await openStore(storeFolder(choice));
  return (await store.images.resolve(id))?.provenance;
}
