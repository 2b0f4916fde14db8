import { createHasher, type Digest, TareError, writeStreamed } from "../base/index.ts";
import { type HttpClient, type HttpHints, withRetries } from "../net/index.ts";

/** What errors of a mirror tell the user to do. */
export const MIRROR_HINTS: HttpHints = {
  unreachable: "check the network, proxies (http_proxy) and the mirror (--debian-mirror)",
  refused: (url, status) =>
    status === 404 && url.endsWith(".deb")
      ? "the mirror no longer has this version: build again with --pull, move a lock with `tare base update`, or give a snapshot mirror by --debian-mirror"
      : "try another mirror with --debian-mirror",
};

/** A file to fetch, what it has to be, and where it goes. */
export interface WantedFile {
  readonly url: string;
  readonly digest: Digest;
  /** Bytes; more are not even read. */
  readonly size: number;
  /** Folder for the unfinished file, on the same file system. */
  readonly drafts: string;
  readonly path: string;
}

/**
 * Fetches a file, checks it while it comes, and puts it in place as a whole or not at all. A connection that
 * breaks is tried again. `integrity-digest` when it is another file than was wanted.
 */
export async function downloadFile(
  wanted: WantedFile,
  client: HttpClient,
  signal: AbortSignal,
): Promise<void> {
  await withRetries(() => downloadOnce(wanted, client, signal), signal);
}

/** A text of at most `limit` bytes. */
export async function downloadText(
  { url, limit }: { readonly url: string; readonly limit: number },
  client: HttpClient,
  signal: AbortSignal,
): Promise<string> {
  return withRetries(async () => {
    const chunks: Uint8Array[] = [];
    const { body } = await client.get(url, {}, signal);
    for await (const chunk of limited(body, url, limit)) chunks.push(chunk);
    return Buffer.concat(chunks).toString("utf8");
  }, signal);
}

async function downloadOnce(
  { url, digest, size, drafts, path }: WantedFile,
  client: HttpClient,
  signal: AbortSignal,
): Promise<void> {
  const hasher = createHasher();
  let length = 0;
  const { body } = await client.get(url, {}, signal);
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of limited(body, url, size)) {
      hasher.update(chunk);
      length += chunk.length;
      yield chunk;
    }
  }
  const check = () => {
    // Where no length was announced, a connection that breaks looks like the end.
    if (length < size)
      throw new TareError("integrity-digest", `${url} ends after ${length} of ${size} bytes`, {
        hint: CHANGED,
        retryable: true,
      });
    const actual = hasher.digest();
    if (actual !== digest)
      throw new TareError("integrity-digest", `${url} has digest ${actual}, but should have ${digest}`, {
        hint: CHANGED,
      });
  };
  await writeStreamed(path, hashed(), { drafts, check, signal });
}

async function* limited(
  bytes: AsyncIterable<Uint8Array>,
  url: string,
  limit: number,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > limit)
      throw new TareError("integrity-digest", `${url} is longer than the ${limit} bytes it should have`, {
        hint: CHANGED,
      });
    yield chunk;
  }
}

const CHANGED =
  "the mirror is being updated, or something on the way has changed the file; try again, or another --debian-mirror";
