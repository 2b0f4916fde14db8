import { open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  type Digest,
  diskError,
  ensureDirectory,
  isDigest,
  isSystemError,
  lockFolder,
  mapConcurrent,
  readIfExists,
  syncDirectory,
  TareError,
  uniqueName,
  writeBlocks,
  writeFileAtomic,
} from "../base/index.ts";
import { type Descriptor, type Index, isArtifact, type Manifest } from "../oci/index.ts";
import { blobPath, encodeJson } from "./blob.ts";
import type { LayoutBlob, LayoutFiles } from "./image.ts";
import { LAYOUT_VERSION, wholeBlob } from "./tar.ts";

/**
 * Writes a layout into a folder, which is made when it is missing. A layout that is there already keeps
 * its other images: blobs are added, then the index is replaced in one step, so a failure leaves the old
 * one. An image of the same name gives way. `user-conflict` when the folder has an index that is none.
 */
export async function writeLayoutFolder(
  folder: string,
  layout: LayoutFiles,
  signal: AbortSignal,
): Promise<void> {
  await readOldIndex(folder);
  try {
    await ensureDirectory(join(folder, "blobs", "sha256"));
    await mapConcurrent(layout.blobs, AT_ONCE, (blob) =>
      writeBlob(join(folder, blobPath(blob.digest)), blob, signal),
    );
    await syncDirectory(join(folder, "blobs", "sha256"));
    // Others may have written into the folder while the blobs were on their way, and may be about to.
    using _turn = await lockFolder(folder, signal);
    await writeFileAtomic(join(folder, "oci-layout"), LAYOUT_VERSION, folder);
    if (layout.dockerManifest)
      await writeFileAtomic(join(folder, "manifest.json"), layout.dockerManifest, folder);
    const old = await readOldIndex(folder);
    const merged = mergeIndex(await withoutOrphans(folder, { old, added: layout.index }), layout.index);
    await writeFileAtomic(join(folder, "index.json"), encodeJson(merged), folder);
  } catch (error) {
    if (isSystemError(error, "ENOTDIR", "EEXIST"))
      throw new TareError("user-conflict", `${folder} is not a folder`, {
        hint: "choose another path, or remove the file",
        cause: error,
      });
    throw diskError(error, folder);
  }
}

/** Blobs on their way to the disk at the same time: one waits for it while another one comes. */
const AT_ONCE = 4;

async function readOldIndex(folder: string): Promise<Index | undefined> {
  const path = join(folder, "index.json");
  const bytes = await readIfExists(path);
  if (!bytes) return undefined;
  try {
    const index = JSON.parse(bytes.toString("utf8")) as Index;
    if (Array.isArray(index?.manifests)) return index;
  } catch {
    // Told below.
  }
  throw new TareError("user-conflict", `${path} is there and is not the index of an OCI layout`, {
    hint: "choose another folder, or remove the file",
  });
}

/** The bytes go to a name of their own first, so that a blob is there in full or not at all. */
async function writeBlob(path: string, blob: LayoutBlob, signal: AbortSignal): Promise<void> {
  if (await hasSize(path, blob.size)) return;
  const draft = `${path}.${uniqueName()}`;
  try {
    const handle = await open(draft, "wx", 0o644);
    try {
      await writeBlocks(handle, wholeBlob(blob), { signal });
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function hasSize(path: string, size: number): Promise<boolean> {
  try {
    return (await stat(path)).size === size;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    throw error;
  }
}

function mergeIndex(old: Index | undefined, added: Index): Index {
  if (!old) return added;
  const taken = new Set(added.manifests.map(identity));
  return {
    ...added,
    manifests: [...old.manifests.filter((line) => !taken.has(identity(line))), ...added.manifests],
  };
}

/** Documents about an image that gives way go with it: nobody would ever ask for them again. */
async function withoutOrphans(
  folder: string,
  { old, added }: { readonly old: Index | undefined; readonly added: Index },
): Promise<Index | undefined> {
  if (!old) return undefined;
  const kept = new Set(mergeIndex(old, added).manifests.map((line) => line.digest));
  const gone = new Set(old.manifests.map((line) => line.digest).filter((digest) => !kept.has(digest)));
  const manifests: Descriptor[] = [];
  for (const line of old.manifests) {
    const subject = !isArtifact(line) ? undefined : await subjectOf(folder, line);
    if (subject === undefined || !gone.has(subject)) manifests.push(line);
  }
  return { ...old, manifests };
}

/** What a document in the layout is about; undefined when that can not be read, which is not ours to judge. */
async function subjectOf(folder: string, { digest }: Descriptor): Promise<Digest | undefined> {
  if (!isDigest(digest)) return undefined;
  try {
    const bytes = await readIfExists(join(folder, blobPath(digest)));
    return (JSON.parse(bytes?.toString("utf8") ?? "null") as Manifest | null)?.subject?.digest;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Two lines of an index mean the same image name when this is equal; without names, the same image. */
function identity(line: Descriptor): string {
  const annotations = line.annotations ?? {};
  return (
    annotations["io.containerd.image.name"] ?? annotations["org.opencontainers.image.ref.name"] ?? line.digest
  );
}
