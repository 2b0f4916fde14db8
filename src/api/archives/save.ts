import { resolve } from "node:path";
import type { Writable } from "node:stream";
import { defined, TareError } from "../../base/index.ts";
import type { ExportImage, ExportIndex, ExportNotice, ExportRequest } from "../../export/index.ts";
import { canonicalName, type Reference, readReference } from "../../oci/index.ts";
import { type BuildEvent, openImage } from "../../solver/index.ts";
import {
  type ImageRecord,
  type NameTarget,
  openStore,
  type Store,
  type StoredName,
} from "../../store/index.ts";
import { storedAttachment } from "../build/provenance-document.ts";
import { existingImage, lostImage } from "../existing-image.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";

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
  /** Of names that lead to several images only the one for this platform; default all, in a docker archive this machine's. */
  readonly platform?: string;
  /** Told what the archive lacks; default nobody. */
  readonly emit?: (event: BuildEvent) => void;
}

/** What is saved under some names. */
export interface SavedImage extends Omit<NameTarget, "root" | "rootImages"> {
  readonly names: readonly string[];
}

/** The same made plain, so that it can cross to the engine. */
export interface SaveJob {
  readonly root: string;
  readonly images: readonly SavedImage[];
  readonly format: ArchiveFormat;
  readonly output: string;
  readonly provenance: boolean;
}

/**
 * Writes images of the store as an archive that Docker, Podman, skopeo and `load` read. `resolve-image` when there is no
 * such image, `user-unsupported` for provenance that nobody has recorded; a file appears complete or not at all.
 */
export async function saveImages(
  {
    images,
    format = "docker-archive",
    output = "-",
    stdout,
    provenance = false,
    platform,
    emit = () => undefined,
    ...choice
  }: SaveRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  if (provenance && format === "docker-archive")
    throw new TareError("user-bad-flag", "a docker archive has no place for provenance", {
      hint: "write --format oci-archive or oci-dir",
    });
  const root = storeFolder(choice);
  const store = await openStore(root);
  await using _lease = await store.hold("tare save");
  const docker = format === "docker-archive";
  const wanted = await wantedImages(store, images, { platform, isOne: docker || platform !== undefined });
  const path = output === "-" ? output : resolve(output);
  const job: SaveJob = { root, images: wanted, format, output: path, provenance };
  const out = stdout && { stdout };
  const all = wanted.flatMap((one) => one.images);
  const opened = await Promise.all(all.map((id) => openImage(store, id)));
  // What RUN left may belong to other users, whose files only the engine can read.
  if (opened.every(({ files }) => files.layers.every((layer) => layer.form === "tar"))) {
    await saveStored(job, { emit, ...out }, signal);
    return;
  }
  const { callEngine } = await import("../../engine/index.ts");
  await callEngine(
    { method: "save", params: job },
    { emit: (event) => emit(event as BuildEvent), ...out },
    signal,
  );
}

/** Where it is done; `umask` by default this process's own. */
interface SavePlace extends Pick<ExportRequest, "stdout" | "umask"> {
  readonly userNamespace?: boolean;
  readonly emit: (event: BuildEvent) => void;
}

/** The same in the process that can read all of the images' files. */
export async function saveStored(
  { root, images, format, output, provenance }: SaveJob,
  { userNamespace = false, emit, ...out }: SavePlace,
  signal: AbortSignal,
): Promise<null> {
  const [store, { exportImages }] = await Promise.all([
    openStore(root, { userNamespace }),
    import("../../export/index.ts"),
  ]);
  const open = async (record: ImageRecord, names: readonly string[]) => {
    const { files } = await openImage(store, record.id);
    const config = await store.images.rawConfig(record);
    const parameters = {};
    const attachments = provenance ? [await storedAttachment(store, { record, names, parameters })] : [];
    const { platform } = record;
    const manifest = await store.images.originalManifest(record);
    const besides = { attachments, platform, ...defined({ manifest }) };
    return { config: () => config, layers: files.layers, names: [], ...besides };
  };
  const opened: (ExportImage | ExportIndex)[] = [];
  for (const saved of images) {
    const { names, isIndex, annotations = [] } = saved;
    const all: Awaited<ReturnType<typeof open>>[] = [];
    for (const record of await store.images.imagesOf(saved)) all.push(await open(record, names));
    const [first] = all as [(typeof all)[number]];
    const kept = await store.images.keptIndex(saved);
    const named = { names, annotations };
    opened.push(isIndex ? { ...named, images: all, ...defined({ kept }) } : { ...first, ...named });
  }
  const request = {
    type: format === "docker-archive" ? ("docker" as const) : ("oci" as const),
    dest: output,
    tar: format !== "oci-dir",
    blobs: store.blobs,
    onNotice: (notice: ExportNotice) => emit({ type: "notice", ...notice }),
    ...out,
  };
  await exportImages(opened, request, signal);
  return null;
}

interface Which {
  readonly platform: string | undefined;
  /** Whether a name stands for one image, also where it leads to several. */
  readonly isOne: boolean;
}

/** What is asked for, each once, with the names that it is asked for by, as Docker chooses them. */
async function wantedImages(
  store: Store,
  names: readonly string[],
  which: Which,
): Promise<readonly SavedImage[]> {
  const stored = new Map<string, StoredName[]>();
  for (const name of await store.images.names()) {
    const known = stored.get(repositoryKey(name.reference));
    if (known) known.push(name);
    else stored.set(repositoryKey(name.reference), [name]);
  }
  const wanted = new Map<string, SavedImage>();
  for (const name of names)
    for (const match of await matching(store, name, { ...which, stored })) {
      const key = `${match.isIndex} ${match.images.join(" ")}`;
      const known = wanted.get(key);
      wanted.set(key, { ...match, names: [...new Set([...(known?.names ?? []), ...match.names])] });
    }
  return [...wanted.values()];
}

async function matching(
  store: Store,
  said: string,
  { platform, isOne, stored }: Which & { readonly stored: ReadonlyMap<string, readonly StoredName[]> },
): Promise<readonly SavedImage[]> {
  const asked = readReference(said);
  const own = (asked && stored.get(repositoryKey(asked))) ?? [];
  const named = own.filter(({ reference }) => asked && isMeant(reference, asked));
  if (named.length === 0)
    return [{ images: [(await existingImage(store, said, platform)).id], isIndex: false, names: [] }];
  return Promise.all(
    named.map(async ({ reference, root: _root, rootImages: _rootImages, ...target }) => {
      const names = [canonicalName(reference)];
      if (!isOne) {
        const there = await store.images.imagesOf(target);
        if (there.length < target.images.length) throw lostImage({ ...target, reference });
        return { ...target, names };
      }
      const { id } = await existingImage(store, names[0] as string, platform);
      return { images: [id], isIndex: false, names, ...defined({ annotations: target.annotations }) };
    }),
  );
}

function repositoryKey({ domain, path }: Reference): string {
  return `${domain}/${path}`;
}

/** A name of the repository; without a tag all tags are. */
function isMeant(reference: Reference, asked: Reference): boolean {
  if (asked.tag === undefined && asked.digest === undefined) return reference.digest === undefined;
  return canonicalName(reference) === canonicalName(asked);
}
