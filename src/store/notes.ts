import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { diskError, isSystemError, uniqueName } from "../base/index.ts";

/**
 * What was computed from a layer and those below it, beside its index: renamed into place without a sync, since losing
 * it costs only time. After a power cut it may be empty or torn; whoever reads it has to notice.
 */
export async function readNote(folder: string, name: string): Promise<Buffer | undefined> {
  try {
    return await readFile(join(folder, fileName(name)));
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** Writes one; a layer that is gone meanwhile is no error. */
export async function writeNote(
  { folder, name, tmp }: { readonly folder: string; readonly name: string; readonly tmp: string },
  bytes: Uint8Array,
): Promise<void> {
  const draft = join(tmp, uniqueName());
  try {
    await writeFile(draft, bytes);
    await rename(draft, join(folder, fileName(name)));
  } catch (error) {
    await rm(draft, { force: true });
    if (!isSystemError(error, "ENOENT")) throw diskError(error, folder);
  }
}

function fileName(name: string): string {
  return `note-${name}`;
}
