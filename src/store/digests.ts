import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, diskError, isDigest, readIfExists } from "../base/index.ts";

/**
 * Content digests of files in a directory layer, beside its index: computed when a later step first selects
 * the file, then remembered. Lines of digest and JSON path, only ever appended; a torn line is skipped.
 */
export async function knownDigests(folder: string): Promise<ReadonlyMap<string, Digest>> {
  const text = (await readIfExists(join(folder, "digests")))?.toString("utf8") ?? "";
  const found = new Map<string, Digest>();
  for (const line of text.split("\n")) {
    const digest = line.slice(0, 71);
    const path = parsePath(line.slice(72));
    if (isDigest(digest) && path !== undefined) found.set(path, digest);
  }
  return found;
}

export async function rememberDigests(folder: string, digests: ReadonlyMap<string, Digest>): Promise<void> {
  if (digests.size === 0) return;
  const lines = [...digests].map(([path, digest]) => `${digest} ${JSON.stringify(path)}\n`);
  const path = join(folder, "digests");
  try {
    await appendFile(path, lines.join(""));
  } catch (error) {
    throw diskError(error, path);
  }
}

function parsePath(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
