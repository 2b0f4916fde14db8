import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { isSystemError, TareError, writeStreamed } from "../base/index.ts";
import { type HttpClient, withRetries } from "../net/index.ts";
import type { NpmPackage } from "./resolve-npm.ts";

/** Where archives come from and are remembered. */
export interface NpmAccess {
  readonly client: HttpClient;
  /** Asked for only when something has to be fetched. */
  readonly registry: () => Promise<string>;
  /** Folder for the archives. */
  readonly cache: string;
}

/** Path of a package's archive (.tgz), from the cache or the registry, checked either way. `integrity-digest`. */
export async function fetchNpmPackage(
  info: NpmPackage,
  access: NpmAccess,
  signal: AbortSignal,
): Promise<string> {
  const path = join(
    access.cache,
    `${Buffer.from(info.integrity.slice(7), "base64").toString("hex").slice(0, 64)}.tgz`,
  );
  if ((await integrityOf(path)) === info.integrity) return path;
  await withRetries(() => download(info, { ...access, path }, signal), signal);
  return path;
}

/** More than any package has, so that a server can not fill the disk. */
const LARGEST = 2 ** 30;

async function download(
  { name, version, integrity }: NpmPackage,
  { client, registry, cache, path }: NpmAccess & { readonly path: string },
  signal: AbortSignal,
): Promise<void> {
  const file = `${name.slice(name.lastIndexOf("/") + 1)}-${version}.tgz`;
  const url = `${await registry()}/${name}/-/${file}`;
  const hash = createHash("sha512");
  const { body } = await client.get(url, {}, signal);
  let length = 0;
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      length += chunk.length;
      if (length > LARGEST) throw changed(url, "is far too long");
      hash.update(chunk);
      yield chunk;
    }
  }
  const check = () => {
    const actual = `sha512-${hash.digest("base64")}`;
    if (actual !== integrity) throw changed(url, `has integrity ${actual}, but should have ${integrity}`);
  };
  await writeStreamed(path, hashed(), { drafts: cache, check, signal });
}

async function integrityOf(path: string): Promise<string | undefined> {
  const hash = createHash("sha512");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
  return `sha512-${hash.digest("base64")}`;
}

function changed(url: string, what: string): TareError {
  return new TareError("integrity-digest", `${url} ${what}`, {
    hint: "something on the way has changed it; try again, or another registry (npm config get registry)",
  });
}
