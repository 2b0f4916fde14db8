import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isSystemError, syncDirectory, TareError, uniqueName } from "../base/index.ts";

/** A file to write, and its text. */
export interface WantedText {
  readonly path: string;
  readonly text: string;
}

/**
 * Writes files of the user, each in full or not at all, and none of them while there is no room for all: drafts are
 * written beside them first. `user-conflict` for what is there and is no file, `environment-disk` with the reason.
 */
export async function writeFiles(files: readonly WantedText[]): Promise<void> {
  const drafts: { readonly draft: string; readonly path: string }[] = [];
  try {
    for (const { path, text } of files) {
      const place = await placeOf(path);
      const draft = join(dirname(place), `.${uniqueName()}`);
      drafts.push({ draft, path: place });
      await writeSynced(draft, text).catch((error: unknown) => {
        throw unwritable(path, error);
      });
    }
    for (const { draft, path } of drafts) await rename(draft, path);
  } catch (error) {
    for (const { draft } of drafts) await rm(draft, { force: true });
    throw error;
  }
  for (const { path } of drafts) await syncDirectory(dirname(path));
}

/** Through symbolic links, so that they stay what they are. */
async function placeOf(path: string): Promise<string> {
  try {
    if (!(await stat(path)).isFile())
      throw new TareError("user-conflict", `${path} is there, and is no file`, {
        hint: "name a file that can be replaced",
      });
    return await realpath(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return path;
    throw isSystemError(error) ? unwritable(path, error) : error;
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, "wx", 0o666);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Why a file of the user can not be written. */
export function unwritable(path: string, cause: unknown): TareError {
  const reason = cause instanceof Error ? cause.message.replace(/^(\w+: [^,]+), .*$/, "$1") : String(cause);
  return new TareError("environment-disk", `can not write ${path}: ${reason}`, {
    hint: "nothing was written; check the path, the rights to its folder and the space on its disk",
    cause,
  });
}
