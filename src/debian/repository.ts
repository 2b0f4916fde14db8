import { createWriteStream } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { xzDecompress } from "../archive/index.ts";
import {
  createHasher,
  type Digest,
  diskError,
  ensureDirectory,
  hexOf,
  mapConcurrent,
  readIfExists,
  sha256,
  TareError,
  uniqueName,
  writeFileAtomic,
} from "../base/index.ts";
import type { Downloader } from "./download.ts";
import type { Mirror } from "./mirror.ts";
import { indexPackages, type PackageIndex, type PackageInfo, type PackagesFile } from "./package-index.ts";
import { type Release, readRelease } from "./release.ts";

/** What fetching needs: how, where it is remembered, whom to trust. */
export interface RepositoryAccess {
  readonly downloader: Downloader;
  /** Folder for packages and lists. */
  readonly cache: string;
  /** Ask the mirror even for what is remembered. */
  readonly refresh: boolean;
  /** Armored keys; default: Debian's. */
  readonly keys?: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * The newest packages of a Debian release: the suite itself, its updates, its security fixes. Everything is
 * checked: signature, then hashes. What is remembered is used without asking, unless `refresh`.
 */
export async function openSuites(
  {
    mirror,
    codename,
    architecture,
  }: { readonly mirror: Mirror; readonly codename: string; readonly architecture: string },
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<PackageIndex> {
  const suites = [
    { repository: mirror.main, suite: codename },
    { repository: mirror.main, suite: `${codename}-updates` },
    { repository: mirror.security, suite: `${codename}-security` },
  ];
  const files = await mapConcurrent(suites, suites.length, (suite) =>
    packagesOf({ ...suite, architecture }, access, signal),
  );
  return indexPackages(files);
}

/** A package's bytes, from the cache or the mirror, checked either way. */
export async function fetchPackage(
  info: PackageInfo,
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<Buffer> {
  const path = join(access.cache, `${hexOf(info.sha256)}.deb`);
  const known = await readIfExists(path);
  if (known && sha256(known) === info.sha256) return known;
  await save(info.url, { path, digest: info.sha256 }, access, signal);
  return readFile(path);
}

interface Suite {
  readonly repository: string;
  readonly suite: string;
  readonly architecture: string;
}

async function packagesOf(
  { repository, suite, architecture }: Suite,
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<PackagesFile> {
  const base = `${repository}/dists/${suite}`;
  const release = await releaseOf(base, access, signal);
  const name = `main/binary-${architecture}/Packages.xz`;
  const listed = release.files.get(name);
  if (!listed)
    throw new TareError("resolve-package", `${base} has no packages for ${architecture}`, {
      hint: "Debian builds for amd64, arm64 and some others",
    });
  const path = join(access.cache, "lists", `${hexOf(listed.digest)}.xz`);
  const known = await readIfExists(path);
  if (!known || sha256(known) !== listed.digest) {
    const folder = name.slice(0, name.lastIndexOf("/"));
    const url = release.byHash
      ? `${base}/${folder}/by-hash/SHA256/${hexOf(listed.digest)}`
      : `${base}/${name}`;
    await ensureDirectory(join(access.cache, "lists"));
    await save(url, { path, digest: listed.digest }, access, signal);
  }
  return { bytes: await xzDecompress(await readFile(path)), repository };
}

async function releaseOf(base: string, access: RepositoryAccess, signal: AbortSignal): Promise<Release> {
  const url = `${base}/InRelease`;
  const keys = access.keys ? { keys: access.keys } : {};
  const path = join(access.cache, "lists", `${hexOf(sha256(url))}.InRelease`);
  const known = access.refresh ? undefined : await readIfExists(path);
  if (known) return readRelease(known.toString("utf8"), { url, ...keys });
  const text = await textOf(await access.downloader.get(url, signal));
  const release = await readRelease(text, { url, now: access.now, ...keys });
  await ensureDirectory(join(access.cache, "lists"));
  await writeFileAtomic(path, text, join(access.cache, "lists"));
  return release;
}

async function save(
  url: string,
  { path, digest }: { readonly path: string; readonly digest: Digest },
  { downloader, cache }: RepositoryAccess,
  signal: AbortSignal,
): Promise<void> {
  const draft = join(cache, `${uniqueName()}.part`);
  const hasher = createHasher();
  const body = await downloader.get(url, signal);
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      hasher.update(chunk);
      yield chunk;
    }
  }
  try {
    await pipeline(hashed, createWriteStream(draft, { flags: "wx" }), { signal });
    const actual = hasher.digest();
    if (actual !== digest)
      throw new TareError("integrity-digest", `${url} has digest ${actual}, but should have ${digest}`, {
        hint: "the mirror is being updated, or something on the way has changed the file; try again, or another --debian-mirror",
      });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw diskError(error, path);
  }
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
