import { type Digest, defined, TareError } from "../../base/index.ts";
import { documentsLeft } from "../../layout/index.ts";
import {
  type Annotation,
  annotationsOn,
  canonicalName,
  type Descriptor,
  formatPlatform,
  type ImageLine,
  type Platform,
  parseReference,
  type Reference,
  withDefaultTag,
} from "../../oci/index.ts";
import type { BuildParameters } from "../../provenance/index.ts";
import type { SbomFormat } from "../../sbom/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import { type ImageRecord, openStore, type Store, type StoredName } from "../../store/index.ts";
import { existingImage, lostImage } from "../existing-image.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";
import { transferStep } from "../transfer-step.ts";
import { thisMachine } from "../workplace.ts";
import type { PushTarget } from "./push-layer.ts";
import type { RegistryAccess, RegistryChoice } from "./registry-access.ts";

/** What `push` is asked for. */
export interface PushRequest extends StoreChoice, Pick<RegistryChoice, "registries"> {
  /** A name of an image of the local store, which says where to as well. */
  readonly name: string;
  /** All tags of the repository that the store has. */
  readonly allTags?: boolean;
  /** Of an index only the image for this platform, by the name itself; default all of them. */
  readonly platform?: string;
  /** Documents of what is in the image, attached to it in the registry; default none. */
  readonly sbom?: readonly SbomFormat[];
  /** What made each layer, with what its build was asked for, attached to it in the registry; default none. */
  readonly provenance?: BuildParameters;
}

/** One tag that was pushed. */
export interface PushedImage {
  readonly reference: Reference;
  /** Of the manifest. */
  readonly digest: Digest;
  /** Of the manifest, bytes. */
  readonly size: number;
  /** Bottom first; of an index those of one image after the other. */
  readonly layers: readonly {
    readonly digest: Digest;
    readonly outcome: "pushed" | "exists" | "mounted";
    /** The repository that it was mounted from. */
    readonly from?: string;
  }[];
  /** Manifests of the documents that were attached. */
  readonly documents: readonly Digest[];
  /** Of an index: the images that it names, and the digests of their manifests. */
  readonly images?: readonly { readonly id: Digest; readonly platform: Platform; readonly digest: Digest }[];
}

/**
 * Puts images of the local store into the registry that their names say, of an index all of its images and the index last.
 * What the registry has is neither read nor sent. `resolve-image` when there is no such image here; `registry-*`.
 */
export async function pushImage(
  request: PushRequest,
  emit: (event: BuildEvent) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly PushedImage[]> {
  const store = await openStore(storeFolder(request));
  await using _lease = await store.hold(`tare push ${request.name}`);
  const { openRegistries } = await import("./registry-access.ts");
  await using access = openRegistries(request, signal);
  const pushed: PushedImage[] = [];
  for (const name of await wantedNames(store, request)) {
    const { reference } = name;
    const records = await recordsOf(store, { name, platform: request.platform });
    const target = { registry: access.registry(reference), reference };
    const title = `pushing ${canonicalName(reference)}`;
    pushed.push(
      await transferStep(title, { emit, now: thisMachine().now }, (onProgress) => {
        if (request.platform === undefined && isPart(name, records)) emit(onlyPart(name, records));
        const way = { request, access, target, emit, onBytes: counter(records, onProgress) };
        return pushName(store, { ...way, name, records }, signal);
      }),
    );
  }
  return pushed;
}

async function wantedNames(store: Store, { name, allTags }: PushRequest): Promise<readonly StoredName[]> {
  const given = parseReference(name);
  if (given.digest !== undefined || (allTags && given.tag !== undefined))
    throw new TareError(
      "user-bad-reference",
      `${name}: a push is to a tag, or with --all-tags to a repository`,
      {
        hint: "write NAME[:TAG], or --all-tags NAME",
      },
    );
  const tag = withDefaultTag(given).tag;
  const isWanted = ({ domain, path, ...one }: Reference) =>
    domain === given.domain &&
    path === given.path &&
    one.digest === undefined &&
    (allTags || one.tag === tag);
  const found = (await store.images.names()).filter(({ reference }) => isWanted(reference));
  if (found.length > 0)
    return found.toSorted((a, b) => ((a.reference.tag ?? "") < (b.reference.tag ?? "") ? -1 : 1));
  throw new TareError("resolve-image", `an image does not exist locally with the name ${name}`, {
    hint: "`tare images` lists the names; `tare tag IMAGE NAME` gives another one",
  });
}

/** The images of a name, all or the one for a platform; `resolve-image` when one is not there. */
async function recordsOf(
  store: Store,
  { name, platform }: { readonly name: StoredName; readonly platform: string | undefined },
): Promise<readonly ImageRecord[]> {
  if (platform !== undefined) return [await existingImage(store, canonicalName(name.reference), platform)];
  const records = await store.images.imagesOf(name);
  if (records.length === name.images.length) return records;
  throw lostImage(name);
}

/** Whether the name led to more than is pushed now: somebody who pulled it for one platform would not think of that. */
function isPart({ rootImages = 1 }: StoredName, records: readonly ImageRecord[]): boolean {
  return records.length < rootImages;
}

function onlyPart({ reference }: StoredName, records: readonly ImageRecord[]): BuildEvent {
  const there = records.map(({ platform }) => formatPlatform(platform)).join(", ");
  const message = `${canonicalName(reference)} was pulled from an index: only its images for ${there} are here and pushed; tare pull --all-platforms fetches all, tare copy moves them`;
  return { type: "notice", code: "index-in-part", message };
}

function leftNotice(reference: Reference, count: number): BuildEvent {
  const message = `${canonicalName(reference)}: ${documentsLeft(count)}`;
  return { type: "notice", code: "documents-left", message };
}

function counter(
  records: readonly ImageRecord[],
  onProgress: (current: number, total: number) => void,
): (count: number) => void {
  const total = records.reduce((sum, { size }) => sum + size, 0);
  let current = 0;
  return (count) => {
    current += count;
    onProgress(current, total);
  };
}

interface Pushing {
  readonly request: PushRequest;
  readonly access: RegistryAccess;
  readonly target: PushTarget;
  readonly emit: (event: BuildEvent) => void;
  readonly onBytes: (count: number) => void;
  readonly name: StoredName;
  readonly records: readonly ImageRecord[];
}

/** One image by its tag; of an index its images by their digests, and the index by the tag when all of them are there. */
async function pushName(store: Store, pushing: Pushing, signal: AbortSignal): Promise<PushedImage> {
  const { name, records, request, target } = pushing;
  const { reference } = target;
  const [first] = records as readonly [ImageRecord];
  if (!name.isIndex || request.platform !== undefined) {
    const sent = await pushOne(store, { ...pushing, record: first }, signal);
    return { reference, ...sizeOf(sent.descriptor), ...sent.facts };
  }
  const { domain, path } = reference;
  const sent: SentOne[] = [];
  for (const record of records) {
    const untagged = { ...target, reference: { domain, path } };
    sent.push(await pushOne(store, { ...pushing, target: untagged, record }, signal));
  }
  const { pushIndex } = await import("./push-index.ts");
  const lines = sent.map(({ descriptor }) => descriptor);
  const how = { annotations: name.annotations ?? [], kept: await store.images.keptIndex(name) };
  const { descriptor, left } = await pushIndex({ lines, target, ...how }, signal);
  if (left > 0) pushing.emit(leftNotice(reference, left));
  await remember(store, name, descriptor.digest);
  return {
    reference,
    ...sizeOf(descriptor),
    layers: sent.flatMap(({ facts }) => facts.layers),
    documents: sent.flatMap(({ facts }) => facts.documents),
    images: records.map(({ id, platform }, at) => ({
      id,
      platform,
      digest: (lines[at] as ImageLine).digest,
    })),
  };
}

/** What the name leads to there now: who pulls it for one platform leaves the others where they are. */
async function remember(store: Store, { reference, ...target }: StoredName, root: Digest): Promise<void> {
  const now = await store.images.named(canonicalName(reference));
  if (now?.root === root || now?.images.join() !== target.images.join()) return;
  await store.images.tag(reference, { ...target, root, rootImages: target.images.length });
}

function sizeOf({ digest, size }: Descriptor): Pick<PushedImage, "digest" | "size"> {
  return { digest, size };
}

interface SentOne {
  /** Of the manifest, with what an index says of it. */
  readonly descriptor: ImageLine;
  readonly facts: Pick<PushedImage, "layers" | "documents">;
}

async function pushOne(
  store: Store,
  { request, record, access, target, name, onBytes }: Pushing & { readonly record: ImageRecord },
  signal: AbortSignal,
): Promise<SentOne> {
  const [{ layersToPush, pushFrom }, { readableLayers }] = await Promise.all([
    import("./push-image.ts"),
    import("./readable-layers.ts"),
  ]);
  const stored = await readableLayers(
    store,
    { layers: await layersToPush(store, { record, choice: request }, signal), target },
    signal,
  );
  const annotations = name.annotations ?? [];
  const { descriptor, layers } = await pushFrom(
    store,
    { record, layers: stored, access, target, onBytes, annotations },
    signal,
  );
  const { sbom: formats = [], provenance: parameters, ...choice } = request;
  const isWanted = formats.length > 0 || parameters !== undefined;
  const named = { ...target, reference: name.reference };
  const documents = { ...choice, store, record, target: named, subject: descriptor, formats, parameters };
  return {
    descriptor: lineOf(descriptor, { record, annotations }),
    facts: {
      documents: isWanted ? await (await import("./push-documents.ts")).pushDocuments(documents, signal) : [],
      layers: layers.map(({ descriptor: { digest }, outcome, from }) => ({
        digest,
        outcome,
        ...(from !== undefined && { from }),
      })),
    },
  };
}

/** How an index names an image. */
function lineOf(
  { mediaType, digest, size }: Descriptor,
  {
    record: { platform },
    annotations,
  }: { readonly record: ImageRecord; readonly annotations: readonly Annotation[] },
): ImageLine {
  return {
    mediaType,
    digest,
    size,
    platform,
    ...defined({ annotations: annotationsOn(annotations, "manifest-descriptor", platform) }),
  };
}
