import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type Digest, isDigest, lazyAsync, TareError } from "../base/index.ts";
import type { BlobInfo } from "../blob/index.ts";
import { type HttpClient, remoteFileName, withRetries } from "../net/index.ts";
import type { Store } from "../store/index.ts";
import { type Bytes, buildTree, type Entry } from "../tree/index.ts";
import type { OpenOperation } from "./operation.ts";
import { cacheKey } from "./record.ts";
import { NO_LAYERS, type Snapshot } from "./snapshot.ts";

/** A file on a web server. */
export interface HttpSource {
  readonly url: string;
  /** What its content has to be. */
  readonly checksum?: Digest;
  /** An `Authorization` header. */
  readonly authorization?: string;
}

/** What a source by HTTP needs from outside. */
export interface HttpEnvironment {
  readonly store: Store;
  readonly client: HttpClient;
  readonly signal: AbortSignal;
}

/**
 * A file by HTTP as a file system of one file: mode 0600, owner 0:0, the time of its Last-Modified. The server is asked
 * at every build whether it has changed (RFC 9110, conditional requests), except where a checksum says what it is.
 */
export function httpOperation(source: HttpSource, environment: HttpEnvironment): OpenOperation {
  const fetched = lazyAsync(() => fetchFile(source, environment));
  return {
    kind: "open",
    volatile: true,
    key: async () => cacheKey({ type: "http", url: source.url }),
    open: async () => fileSnapshot(source, await fetched(), environment.store),
  };
}

/** What is remembered of an address. */
interface Fetched {
  readonly digest: Digest;
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly etag?: string;
  readonly lastModified?: string;
}

async function fetchFile(source: HttpSource, environment: HttpEnvironment): Promise<Fetched> {
  const { store, signal } = environment;
  const memory = cacheKey({ type: "http-file", url: source.url }).digest;
  const known = await remembered(store, memory);
  if (known && source.checksum === known.digest) return known;
  const found = await withRetries(() => fetchOnce(source, { ...environment, known }), signal);
  await store.keys.put(memory, { file: found });
  return found;
}

async function fetchOnce(
  { url, checksum, authorization }: HttpSource,
  { store, client, signal, known }: HttpEnvironment & { readonly known: Fetched | undefined },
): Promise<Fetched> {
  const { status, headers, body } = await client.get(
    url,
    {
      ...(authorization !== undefined && { authorization }),
      ...(known?.etag !== undefined && { "if-none-match": known.etag }),
      ...(known?.lastModified !== undefined && { "if-modified-since": known.lastModified }),
    },
    signal,
  );
  if (status === 304 && known) return checked(url, known, checksum);
  const { digest, size } = await putPlain(body, { encoding: text(headers["content-encoding"]), store });
  const etag = text(headers.etag);
  const lastModified = text(headers["last-modified"]);
  const time = Date.parse(lastModified ?? "");
  const found = {
    digest,
    size,
    mtime: Number.isNaN(time) ? 0 : Math.floor(time / 1000),
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { lastModified }),
  };
  return checked(url, found, checksum);
}

/** What a server compressed for its way only is stored as it was before; nobody asked for that, but some do it. */
function putPlain(
  body: Bytes,
  { encoding, store }: { readonly encoding: string | undefined; readonly store: Store },
): Promise<BlobInfo> {
  if (encoding !== "gzip") return store.blobs.put(body);
  return pipeline(body, createGunzip(), (bytes) => store.blobs.put(bytes));
}

function checked(url: string, found: Fetched, checksum: Digest | undefined): Fetched {
  if (checksum === undefined || checksum === found.digest) return found;
  throw new TareError(
    "integrity-digest",
    `digest mismatch ${found.digest}: ${checksum} was expected of ${url}`,
    {
      hint: "the file has changed, or something on the way has changed it; check it, then write its new digest",
    },
  );
}

async function remembered(store: Store, memory: Digest): Promise<Fetched | undefined> {
  const { file } = ((await store.keys.get(memory)) ?? {}) as { readonly file?: Fetched };
  if (!file || !isDigest(file.digest) || !(await store.blobs.has(file.digest))) return undefined;
  return file;
}

function text(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function fileSnapshot({ url }: HttpSource, { digest, size, mtime }: Fetched, store: Store): Snapshot {
  const entry: Entry = { path: remoteFileName(url), kind: "file", mode: 0o600, uid: 0, gid: 0, mtime, size };
  return {
    ...NO_LAYERS,
    title: url,
    tree: lazyAsync(async () => buildTree([{ entries: [ROOT, entry] }])),
    read: () => store.blobs.get(digest),
    digests: async (nodes) => nodes.map(() => digest),
  };
}

const ROOT: Entry = { path: "", kind: "dir", mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
