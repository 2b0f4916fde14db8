import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  type Digest,
  diskError,
  isSystemError,
  lock,
  readIfExists,
  uniqueName,
  writeFileAtomic,
} from "../base/index.ts";
import type { LayerIndex } from "../tree/index.ts";
import type { LayerContext } from "./layers.ts";
import { materialize } from "./materialize.ts";
import { removeTree } from "./remove-tree.ts";
import type { LayerRecord } from "./types.ts";

/** The directory form of a tar layer, made by whoever needs it first while the others wait. */
export async function unpacked(
  folder: string,
  {
    record,
    context,
    index,
  }: {
    readonly record: LayerRecord;
    readonly context: LayerContext;
    readonly index: () => Promise<LayerIndex>;
  },
): Promise<string> {
  const root = join(folder, "root");
  if (await isComplete(folder, context)) return root;
  using _lock = await lock(join(context.folders.locks, `layer-${record.id}`), "exclusive");
  if (await isComplete(folder, context)) return root;
  const draft = join(context.folders.tmp, uniqueName());
  try {
    await mkdir(draft);
    await materialize((await index()).entries, draft, {
      tar: context.blobs.path(record.diffId as Digest),
      userNamespace: context.userNamespace,
    });
    await retire(root, context);
    await writeFileAtomic(join(folder, UNSETTLED), context.boot(), context.folders.tmp);
    await rename(draft, root);
  } catch (error) {
    await removeTree(draft);
    throw diskError(error, root);
  }
  return root;
}

/**
 * Names the boot that unpacked the layer, until a sync: waiting for the disk would cost more than the
 * unpacking. After a power cut the files may be empty, so in another boot the layer is unpacked again.
 */
const UNSETTLED = "unsettled";

/** Whether the directory form of a layer would not survive a power cut. */
export async function isUnsettled(folder: string): Promise<boolean> {
  return isThere(join(folder, UNSETTLED));
}

/** Says that a sync has come after the unpacking. */
export async function settleUnpacked(folder: string): Promise<void> {
  await rm(join(folder, UNSETTLED), { force: true });
}

async function isComplete(folder: string, { boot }: LayerContext): Promise<boolean> {
  if (!(await isThere(join(folder, "root")))) return false;
  const written = await readIfExists(join(folder, UNSETTLED));
  return written === undefined || written.toString("utf8") === boot();
}

async function retire(root: string, { folders }: LayerContext): Promise<void> {
  if (!(await isThere(root))) return;
  const grave = join(folders.tmp, uniqueName());
  await rename(root, grave);
  await removeTree(grave);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    throw error;
  }
}
