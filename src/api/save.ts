import { resolve } from "node:path";
import type { Writable } from "node:stream";
import { type Digest, TareError } from "../base/index.ts";
import { canonicalName, type Reference, readReference } from "../oci/index.ts";
import { openImage } from "../solver/index.ts";
import { type ListedImage, openStore, type Store } from "../store/index.ts";
import { existingImage } from "./existing-image.ts";
import { storedAttachment } from "./provenance-document.ts";
import { type StoreChoice, storeFolder } from "./store-choice.ts";

/** The forms that `save` writes, by the names that Podman has for them. */
export const ARCHIVE_FORMATS = ["docker-archive", "oci-archive", "oci-dir"] as const;
export type ArchiveFormat = (typeof ARCHIVE_FORMATS)[number];

/** What `save` is asked for. */
export interface SaveRequest extends StoreChoice {
  /** Names, names without a tag for all tags of a repository, or ids. */
  readonly images: readonly string[];
  /** Default: a docker archive. */
  readonly format?: ArchiveFormat;
  /** A path, `-` for `stdout`, which is the default. */
  readonly output?: string;
  readonly stdout?: Writable;
  /** Attach what made the layers, as builds have recorded it; only layouts have a place for it. Default: no. */
  readonly provenance?: boolean;
}

/** The same made plain, so that it can cross to the engine. */
export interface SaveJob {
  readonly root: string;
  readonly images: readonly { readonly id: Digest; readonly names: readonly string[] }[];
  readonly format: ArchiveFormat;
  readonly output: string;
  readonly provenance: boolean;
}

/**
 * Writes images of the store as an archive that Docker, Podman, skopeo and `load` read. `resolve-image` when there is no
 * such image, `user-unsupported` for provenance that nobody has recorded; a file appears complete or not at all.
 */
export async function saveImages(
  { images, format = "docker-archive", output = "-", stdout, provenance = false, ...choice }: SaveRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  if (provenance && format === "docker-archive")
    throw new TareError("user-bad-flag", "a docker archive has no place for provenance", {
      hint: "write --format oci-archive or oci-dir",
    });
  const root = storeFolder(choice);
  const store = await openStore(root);
  await using _lease = await store.hold("tare save");
  const wanted = await wantedImages(store, images);
  const path = output === "-" ? output : resolve(output);
  const job: SaveJob = { root, images: wanted, format, output: path, provenance };
  const out = stdout && { stdout };
  const opened = await Promise.all(wanted.map(({ id }) => openImage(store, id)));
  // What RUN left may belong to other users, whose files only the engine can read.
  if (opened.every(({ files }) => files.layers.every((layer) => layer.form === "tar"))) {
    await saveStored(job, out ?? {}, signal);
    return;
  }
  const { callEngine } = await import("../engine/index.ts");
  await callEngine({ method: "save", params: job }, { emit: () => undefined, ...out }, signal);
}

/** The same in the process that can read all of the images' files. */
export async function saveStored(
  { root, images, format, output, provenance }: SaveJob,
  { stdout, userNamespace = false }: { readonly stdout?: Writable; readonly userNamespace?: boolean },
  signal: AbortSignal,
): Promise<null> {
  const [store, { exportImages }] = await Promise.all([
    openStore(root, { userNamespace }),
    import("../export/index.ts"),
  ]);
  const opened = await Promise.all(
    images.map(async ({ id, names }) => {
      const { files } = await openImage(store, id);
      const record = await existingImage(store, id);
      const config = await store.images.rawConfig(record);
      const parameters = {};
      const attachments = provenance ? [await storedAttachment(store, { record, names, parameters })] : [];
      return { config: () => config, layers: files.layers, names, attachments };
    }),
  );
  const request = {
    type: format === "docker-archive" ? ("docker" as const) : ("oci" as const),
    dest: output,
    tar: format !== "oci-dir",
    blobs: store.blobs,
    ...(stdout && { stdout }),
  };
  await exportImages(opened, request, signal);
  return null;
}

/** The images that are asked for, each once, with the names that they are asked for by, as Docker chooses them. */
async function wantedImages(store: Store, names: readonly string[]): Promise<SaveJob["images"]> {
  const listed = await store.images.list();
  const wanted = new Map<Digest, Set<string>>();
  for (const name of names)
    for (const { id, references } of await matching(store, { name, listed })) {
      const known = wanted.get(id) ?? new Set();
      wanted.set(id, new Set([...known, ...references.map(canonicalName)]));
    }
  return [...wanted].map(([id, all]) => ({ id, names: [...all] }));
}

interface Match {
  readonly id: Digest;
  readonly references: readonly Reference[];
}

async function matching(
  store: Store,
  { name, listed }: { readonly name: string; readonly listed: readonly ListedImage[] },
): Promise<readonly Match[]> {
  const named = listed.flatMap(({ record, references }) => {
    const meant = references.filter((reference) => isMeant(reference, name));
    return meant.length > 0 ? [{ id: record.id, references: meant }] : [];
  });
  if (named.length > 0) return named;
  return [{ id: (await existingImage(store, name)).id, references: [] }];
}

/** A name without a tag means all tags. */
function isMeant(reference: Reference, said: string): boolean {
  const wanted = readReference(said);
  if (!wanted || reference.domain !== wanted.domain || reference.path !== wanted.path) return false;
  if (wanted.tag === undefined && wanted.digest === undefined) return reference.digest === undefined;
  return canonicalName(reference) === canonicalName(wanted);
}
