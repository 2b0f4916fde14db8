import type { Digest } from "../../base/index.ts";
import { canonicalName, readReference, withDefaultTag } from "../../oci/index.ts";
import type { SbomFormat } from "../../sbom/index.ts";
import { openImage } from "../../solver/index.ts";
import { type ListedImage, openStore } from "../../store/index.ts";
import { existingImage } from "../existing-image.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";

/** What `tare sbom` is asked for. */
export interface SbomRequest extends StoreChoice {
  /** A name of an image in the store, which the document calls it by, or an id. */
  readonly image: string;
  /** Of a name that leads to several images: `linux/arm64`; default this machine's. */
  readonly platform?: string;
  /** Default: CycloneDX. */
  readonly format?: SbomFormat;
}

/** The same made plain, so that it can cross to the engine. */
export interface SbomJob {
  readonly root: string;
  readonly image: string;
  readonly id: Digest;
  readonly format: SbomFormat;
}

/**
 * What is in an image of the store, as a document: JSON text that is the same every time. `resolve-image` when there is
 * no such image, `integrity-store` when it is damaged.
 */
export async function describeImage(
  { image, platform, format = "cyclonedx", ...choice }: SbomRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<string> {
  const root = storeFolder(choice);
  const store = await openStore(root);
  await using _lease = await store.hold(`tare sbom ${image}`);
  const { id } = await existingImage(store, image, platform);
  const { files } = await openImage(store, id);
  const job: SbomJob = { root, image, id, format };
  // What RUN left may belong to other users, whose files only the engine can read.
  if (files.layers.every(({ form }) => form === "tar")) return describeStored(job, {}, signal);
  const { callEngine } = await import("../../engine/index.ts");
  return (await callEngine({ method: "sbom", params: job }, { emit: () => undefined }, signal)) as string;
}

/** The same in the process that can read all of the image's files. */
export async function describeStored(
  { root, image, id, format }: SbomJob,
  place: { readonly userNamespace?: boolean },
  signal: AbortSignal,
): Promise<string> {
  const [{ sbomDocument }, { writeSbom }] = await Promise.all([
    import("../build/sbom-documents.ts"),
    import("../../sbom/index.ts"),
  ]);
  const store = await openStore(root, place);
  const { files } = await openImage(store, id);
  const listed = (await store.images.list()).find(({ record }) => record.id === id) as ListedImage;
  const config = await store.images.rawConfig(listed.record);
  const names = listed.references.map(canonicalName).filter((name) => isMeant(name, image));
  const document = await sbomDocument({ config, files, names }, signal);
  return Buffer.from(writeSbom(document, format)).toString("utf8");
}

/** Whether somebody who says `calc` means `docker.io/library/calc:latest`; an id means no name. */
function isMeant(name: string, said: string): boolean {
  const reference = readReference(said);
  return reference !== undefined && canonicalName(withDefaultTag(reference)) === name;
}
