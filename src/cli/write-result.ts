import { writeFile } from "node:fs/promises";
import { TareError } from "../api/index.ts";

/**
 * Writes a result to a file that the user named, if one was. `environment-disk`, which says what is `done` all the same,
 * when it can not be written.
 */
export async function writeResult(
  path: string | undefined,
  text: string,
  { done }: { readonly done?: string } = {},
): Promise<void> {
  if (path === undefined) return;
  try {
    await writeFile(path, text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const advice = "check the path, its folder and the space on its disk, and run the command again";
    throw new TareError("environment-disk", `can not write ${path}: ${reason}`, {
      hint: done === undefined ? advice : `${done}; ${advice}`,
      cause,
    });
  }
}
