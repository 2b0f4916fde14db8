import { type Digest, TareError } from "../base/index.ts";
import { canonicalName, parseReference, type Reference, withDefaultTag } from "../oci/index.ts";
import type { BuildParameters } from "../provenance/index.ts";
import type { SbomFormat } from "../sbom/index.ts";
import type { BuildEvent } from "../solver/index.ts";
import { type ImageRecord, openStore, type Store } from "../store/index.ts";
import type { PushTarget } from "./push-layer.ts";
import type { RegistryAccess, RegistryChoice } from "./registry-access.ts";
import { type StoreChoice, storeFolder } from "./store-choice.ts";
import { transferStep } from "./transfer-step.ts";
import { thisMachine } from "./workplace.ts";

/** What `push` is asked for. */
export interface PushRequest extends StoreChoice, Pick<RegistryChoice, "registries"> {
  /** A name of an image of the local store, which says where to as well. */
  readonly name: string;
  /** All tags of the repository that the store has. */
  readonly allTags?: boolean;
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
  /** Bottom first. */
  readonly layers: readonly {
    readonly digest: Digest;
    readonly outcome: "pushed" | "exists" | "mounted";
    /** The repository that it was mounted from. */
    readonly from?: string;
  }[];
  /** Manifests of the documents that were attached. */
  readonly documents: readonly Digest[];
}

/**
 * Puts images of the local store into the registry that their names say. What the registry has is neither read nor
 * sent. `resolve-image` when there is no such image here; `registry-*`.
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
  for (const { reference, record } of await wantedImages(store, request)) {
    const target = { registry: access.registry(reference), reference };
    const name = canonicalName(reference);
    pushed.push(
      await transferStep(`pushing ${name}`, { emit, now: thisMachine().now }, (onProgress) =>
        pushOne(store, { request, record, access, target, onProgress }, signal),
      ),
    );
  }
  return pushed;
}

async function wantedImages(
  store: Store,
  { name, allTags }: PushRequest,
): Promise<readonly { readonly reference: Reference; readonly record: ImageRecord }[]> {
  const given = parseReference(name);
  if (given.digest !== undefined || (allTags && given.tag !== undefined))
    throw new TareError(
      "user-bad-reference",
      `${name}: a push is to a tag, or with --all-tags to a repository`,
      {
        hint: "write NAME[:TAG], or --all-tags NAME",
      },
    );
  const wanted = (reference: Reference) => reference.domain === given.domain && reference.path === given.path;
  const tag = withDefaultTag(given).tag;
  const found = (await store.images.list()).flatMap(({ record, references }) =>
    references
      .filter((one) => wanted(one) && one.digest === undefined && (allTags || one.tag === tag))
      .map((reference) => ({ reference, record })),
  );
  if (found.length > 0) return found;
  throw new TareError("resolve-image", `an image does not exist locally with the name ${name}`, {
    hint: "`tare images` lists the names; `tare tag IMAGE NAME` gives another one",
  });
}

async function pushOne(
  store: Store,
  {
    request,
    record,
    access,
    target,
    onProgress,
  }: {
    readonly request: PushRequest;
    readonly record: ImageRecord;
    readonly access: RegistryAccess;
    readonly target: PushTarget;
    readonly onProgress: (current: number, total: number) => void;
  },
  signal: AbortSignal,
): Promise<PushedImage> {
  const [{ layersToPush, pushFrom }, { readableLayers }] = await Promise.all([
    import("./push-image.ts"),
    import("./readable-layers.ts"),
  ]);
  const stored = await readableLayers(
    store,
    { layers: await layersToPush(store, { record, choice: request }, signal), target },
    signal,
  );
  let current = 0;
  const onBytes = (count: number) => {
    current += count;
    onProgress(current, record.size);
  };
  const { descriptor, layers } = await pushFrom(
    store,
    { record, layers: stored, access, target, onBytes },
    signal,
  );
  const { sbom: formats = [], provenance: parameters, ...choice } = request;
  const isWanted = formats.length > 0 || parameters !== undefined;
  const documents = { ...choice, store, record, target, subject: descriptor, formats, parameters };
  return {
    reference: target.reference,
    documents: isWanted ? await (await import("./push-documents.ts")).pushDocuments(documents, signal) : [],
    digest: descriptor.digest,
    size: descriptor.size,
    layers: layers.map(({ descriptor: { digest }, outcome, from }) => ({
      digest,
      outcome,
      ...(from !== undefined && { from }),
    })),
  };
}
