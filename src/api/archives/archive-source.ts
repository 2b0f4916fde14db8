import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { decompressWithin, detectCompression, type GrowthLimit, MAGIC_LENGTH } from "../../archive/index.ts";
import { diskError, isSystemError, TareError, withoutGarbage, writeBlocks } from "../../base/index.ts";

/** An archive that somebody hands in: a path, or bytes that come once. */
export type ArchiveSource = { readonly path: string } | { readonly stream: AsyncIterable<Uint8Array> };

/**
 * The path of something that can be read at any place: the archive itself where it is a folder or an uncompressed file,
 * else what it unpacks to, in `scratch`. `resolve-path` when there is nothing, `integrity-archive` for data that is
 * damaged or grows without end.
 */
export async function seekableArchive(
  source: ArchiveSource,
  { scratch, growth }: { readonly scratch: string; readonly growth: GrowthLimit },
  signal: AbortSignal,
): Promise<string> {
  if ("path" in source && (await isSeekable(source.path))) return source.path;
  const bytes =
    "path" in source ? createReadStream(source.path, { highWaterMark: 256 << 10 }) : source.stream;
  const path = join(scratch, "archive.tar");
  try {
    await using handle = await open(path, "wx");
    await writeBlocks(handle, decompressWithin(withoutGarbage(bytes), growth), { signal });
  } catch (error) {
    throw diskError(error, path);
  }
  return path;
}

async function isSeekable(path: string): Promise<boolean> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) return true;
    return facts.isFile() && detectCompression(await firstBytes(path)) === "none";
  } catch (cause) {
    if (!isSystemError(cause, "ENOENT", "ENOTDIR", "EACCES")) throw cause;
    throw new TareError("resolve-path", `can not open the archive ${path}: ${cause.message}`, {
      hint: "check the path and its mode",
      cause,
    });
  }
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC_LENGTH), 0, MAGIC_LENGTH, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
