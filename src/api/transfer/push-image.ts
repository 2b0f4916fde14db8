import { limiter, mapConcurrent, sha256, streamOf } from "../../base/index.ts";
import {
  type Annotation,
  annotationsOn,
  type Descriptor,
  type Manifest,
  MEDIA_TYPE,
  type OriginalManifest,
  ociLayerType,
  parseReference,
  tocAnnotations,
} from "../../oci/index.ts";
import { pushManifest } from "../../registry/index.ts";
import {
  type ImageRecord,
  missingLayer,
  type RemoteLayer,
  type Store,
  type StoredLayer,
} from "../../store/index.ts";
import { promisedLayers } from "./promised-layers.ts";
import { type PushedLayer, type PushTarget, pushLayer } from "./push-layer.ts";
import type { RegistryAccess, RegistryChoice } from "./registry-access.ts";
import { sendBlob } from "./send-blob.ts";

/** An image of the store on its way to a registry. */
export interface ImageToPush {
  readonly record: ImageRecord;
  /** Bottom first. */
  readonly layers: readonly StoredLayer[];
  /** Opens the registries that promised layers are in. */
  readonly access: Pick<RegistryAccess, "registry">;
  /** Without a tag the manifest is put there by its digest. */
  readonly target: PushTarget;
  readonly onBytes: (count: number) => void;
  readonly annotations: readonly Annotation[];
}

export interface SentImage {
  /** Of the manifest. */
  readonly descriptor: Descriptor;
  /** Bottom first. */
  readonly layers: readonly PushedLayer[];
}

/** What is asked at the same time: questions cost only waiting. */
const ASKED_AT_ONCE = 8;
/** Layers that are compressed and sent at the same time. */
const SENT_AT_ONCE = 4;

/**
 * Puts an image into a registry: layers and config that are not there, then its manifest. That is the one that it was
 * pulled with when every layer has the form which that one names; the same image always gets the same manifest else.
 */
export async function pushFrom(store: Store, image: ImageToPush, signal: AbortSignal): Promise<SentImage> {
  const { record, target, onBytes } = image;
  const original = await store.images.originalManifest(record);
  const distinct = [...new Map(image.layers.map((layer, index) => [layer.id, { layer, index }])).values()];
  const config = await store.images.rawConfig(record);
  const byId = new Map<string, PushedLayer>();
  const limit = limiter(SENT_AT_ONCE);
  const sendings = distinct.map(({ layer, index }) => async () => {
    const wanted = { layer, original: original?.json.layers[index], target, onBytes, limit };
    const { elsewhere } = layer;
    const sent = elsewhere
      ? limit(() => pushPromised(elsewhere, image, signal))
      : pushLayer(store, wanted, signal);
    byId.set(layer.id, await sent);
  });
  const all = [() => sendBytes(config, target, signal), ...sendings];
  await mapConcurrent(all, ASKED_AT_ONCE, (send) => send());
  const layers = image.layers.map(({ id }) => byId.get(id) as PushedLayer);
  const said = annotationsOn(image.annotations, "manifest", record.platform);
  const same =
    !said && original?.json.layers.every((one, index) => one.digest === layers[index]?.descriptor.digest);
  const before = original?.json.annotations;
  const annotations = before || said ? { ...before, ...said } : undefined;
  const listed = same ? [] : await tablesOf(store, { layers, of: image.layers });
  const manifest = same && original ? original : manifestOf(config, { layers, listed, annotations });
  const { path, tag } = target.reference;
  const digest = sha256(manifest.bytes);
  const { mediaType } = manifest.json;
  await pushManifest(
    target.registry,
    { repository: path, reference: tag ?? digest, mediaType, bytes: manifest.bytes },
    signal,
  );
  return { descriptor: { mediaType, digest, size: manifest.bytes.length }, layers };
}

/** A layer that is not here goes from its registry to the other one as it is; nothing is said of it to other images. */
async function pushPromised(
  { descriptor, repository }: RemoteLayer,
  { access, target, onBytes }: ImageToPush,
  signal: AbortSignal,
): Promise<PushedLayer> {
  const [{ copyBlob }, { registrySource }] = await Promise.all([
    import("./copy-to-registry.ts"),
    import("./copy-source.ts"),
  ]);
  const reference = parseReference(repository);
  const source = registrySource(reference, access.registry(reference), { title: repository, signal });
  return copyBlob(descriptor, { source, target, onBytes }, signal);
}

/** Sees to it that a repository has a small blob. */
export async function sendBytes(blob: Uint8Array, target: PushTarget, signal: AbortSignal): Promise<void> {
  const bytes = () => streamOf(blob);
  await sendBlob({ digest: sha256(blob), size: blob.length, bytes }, { target }, signal);
}

/**
 * What is said of tables of contents: of a layer that was made here, of one that is left where it is, in whose image it
 * stands, and of one that is here where its table is one of it.
 */
function tablesOf(
  store: Store,
  { layers, of }: { readonly layers: readonly PushedLayer[]; readonly of: readonly StoredLayer[] },
): Promise<readonly Descriptor["annotations"][]> {
  return Promise.all(
    of.map(async ({ id, elsewhere }, at) => {
      const { descriptor } = layers[at] as PushedLayer;
      const known = elsewhere?.descriptor ?? (await (await store.layers.get(id))?.made());
      if (known?.digest === descriptor.digest) return tocAnnotations(known);
      const annotations = tocAnnotations(descriptor);
      return annotations && (await store.layers.hasTable(id, descriptor)) ? annotations : undefined;
    }),
  );
}

function manifestOf(
  config: Uint8Array,
  {
    layers,
    listed,
    annotations,
  }: {
    readonly layers: readonly PushedLayer[];
    readonly listed: readonly Descriptor["annotations"][];
    readonly annotations: Manifest["annotations"];
  },
): OriginalManifest {
  const json: Manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    config: { mediaType: MEDIA_TYPE.config, digest: sha256(config), size: config.length },
    layers: layers.map(({ descriptor: { digest, size, mediaType } }, at) => ({
      mediaType: ociLayerType(mediaType),
      digest,
      size,
      ...(listed[at] && { annotations: listed[at] }),
    })),
    ...(annotations && { annotations }),
  };
  return { json, bytes: Buffer.from(JSON.stringify(json)) };
}

/** The layers of an image, those that are promised among them; `integrity-store` when one is missing. */
export async function layersToPush(
  store: Store,
  { record, choice }: { readonly record: ImageRecord; readonly choice: RegistryChoice },
  signal: AbortSignal,
): Promise<readonly StoredLayer[]> {
  const promised = promisedLayers(record, { ...choice, store, signal });
  return Promise.all(
    record.layers.map(async (id) => {
      const layer = (await store.layers.get(id)) ?? promised(id);
      if (layer) return layer;
      throw missingLayer(record.id, record);
    }),
  );
}
