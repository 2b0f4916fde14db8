import { createWriteStream } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { decompress, detectCompression, plainTar } from "../../archive/index.ts";
import { TareError } from "../../base/index.ts";

/** What came on standard input: an archive, kept as an uncompressed file, or the text of a Dockerfile. */
export type ContextStream =
  | { readonly type: "tar"; readonly archive: string }
  | { readonly type: "dockerfile"; readonly text: string };

const DOCKERFILE_LIMIT = 16 * 1024 * 1024;

/** Reads a context from a stream as `tare build -` gets it: a tar archive (compressed or not) or a Dockerfile. */
export async function readContextStream(
  stdin: Readable,
  scratch: () => Promise<string>,
): Promise<ContextStream> {
  const iterator = stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const head = await take(iterator, 512);
  if (head.length === 0)
    throw new TareError("user-context", "standard input is empty", {
      hint: "pipe a Dockerfile or a tar archive into tare build -",
    });
  const bytes = rest(head, iterator);
  if (isTarHeader(head) || detectCompression(head) !== "none") {
    const archive = join(await scratch(), "context.tar");
    await pipeline(plainTar(decompress(bytes)), createWriteStream(archive, { mode: 0o600 }));
    return { type: "tar", archive };
  }
  const all = await take(bytes[Symbol.asyncIterator]() as AsyncIterator<Buffer>, DOCKERFILE_LIMIT);
  return { type: "dockerfile", text: all.toString("utf8") };
}

function isTarHeader(head: Buffer): boolean {
  return head.length >= 512 && head.subarray(257, 262).toString("latin1") === "ustar";
}

/** At least `count` bytes, or all there are. */
async function take(iterator: AsyncIterator<Buffer>, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < count) {
    const { done, value } = await iterator.next();
    if (done) break;
    chunks.push(Buffer.from(value));
    length += value.length;
  }
  return Buffer.concat(chunks);
}

async function* rest(head: Buffer, iterator: AsyncIterator<Buffer>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
}
