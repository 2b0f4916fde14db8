import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { xzDecompress } from "../archive/index.ts";
import {
  type Digest,
  ensureDirectory,
  hexOf,
  mapConcurrent,
  readIfExists,
  sha256,
  TareError,
  writeFileAtomic,
} from "../base/index.ts";
import type { HttpClient } from "../net/index.ts";
import { downloadFile, downloadText } from "./download-file.ts";
import type { Mirror } from "./mirror.ts";
import { indexPackages, type PackageIndex, type PackageInfo, type PackagesFile } from "./package-index.ts";
import { type Release, readRelease, type VerifyOptions } from "./release.ts";

/** What fetching needs: how, where it is remembered, whom to trust. */
export interface RepositoryAccess {
  readonly client: HttpClient;
  /** Folder for packages and lists. */
  readonly cache: string;
  /** Ask the mirror even for what is remembered. */
  readonly refresh: boolean;
  /** Armored keys; default: Debian's. */
  readonly keys?: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A Debian release for one architecture. */
export interface ReleaseChoice {
  readonly mirror: Mirror;
  readonly codename: string;
  readonly architecture: string;
}

/** A Packages file that a signed Release file vouches for. */
export interface PackageList {
  readonly url: string;
  readonly digest: Digest;
  readonly size: number;
  /** Where the paths in it count from. */
  readonly repository: string;
}

/**
 * The package lists of a Debian release: the suite itself, its updates, its security fixes. Signatures are
 * checked. What is remembered is used without asking, unless `refresh`.
 */
export function findLists(
  { mirror, codename, architecture }: ReleaseChoice,
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<readonly PackageList[]> {
  const suites = [
    { repository: mirror.main, suite: codename },
    { repository: mirror.main, suite: `${codename}-updates` },
    { repository: mirror.security, suite: `${codename}-security` },
  ];
  return mapConcurrent(suites, suites.length, (suite) => listOf({ ...suite, architecture }, access, signal));
}

/** The newest packages of some lists, whose hashes are checked. */
export async function openLists(
  lists: readonly PackageList[],
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<PackageIndex> {
  return indexPackages(await mapConcurrent(lists, lists.length, (list) => packagesOf(list, access, signal)));
}

/** A package's bytes, from the cache or the mirror, checked either way. */
export async function fetchPackage(
  info: Pick<PackageInfo, "url" | "size" | "sha256">,
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<Buffer> {
  const path = join(access.cache, `${hexOf(info.sha256)}.deb`);
  const known = await readIfExists(path);
  if (known && sha256(known) === info.sha256) return known;
  const { url, sha256: digest, size } = info;
  await downloadFile({ url, digest, size, drafts: access.cache, path }, access.client, signal);
  return readFile(path);
}

interface Suite {
  readonly repository: string;
  readonly suite: string;
  readonly architecture: string;
}

async function listOf(
  { repository, suite, architecture }: Suite,
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<PackageList> {
  const base = `${repository}/dists/${suite}`;
  const release = await releaseOf({ base, codename: suite }, access, signal);
  const name = `main/binary-${architecture}/Packages.xz`;
  const listed = release.files.get(name);
  if (!listed)
    throw new TareError("resolve-package", `${base} has no packages for ${architecture}`, {
      hint: "Debian builds for amd64, arm64 and some others",
    });
  const folder = name.slice(0, name.lastIndexOf("/"));
  const url = release.byHash ? `${base}/${folder}/by-hash/SHA256/${hexOf(listed.digest)}` : `${base}/${name}`;
  return { url, ...listed, repository };
}

async function packagesOf(
  { url, digest, size, repository }: PackageList,
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<PackagesFile> {
  const path = join(access.cache, "lists", `${hexOf(digest)}.xz`);
  const known = await readIfExists(path);
  if (!known || sha256(known) !== digest) {
    await ensureDirectory(join(access.cache, "lists"));
    await downloadFile({ url, digest, size, drafts: access.cache, path }, access.client, signal);
  }
  return { bytes: await xzDecompress(await readFile(path)), repository };
}

/** InRelease files of the largest archives have 300 kB. */
const MAX_RELEASE = 16 << 20;

async function releaseOf(
  { base, codename }: { readonly base: string; readonly codename: string },
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<Release> {
  const url = `${base}/InRelease`;
  const options = { url, codename, ...(access.keys && { keys: access.keys }) };
  const path = join(access.cache, "lists", `${hexOf(sha256(url))}.InRelease`);
  const known = access.refresh ? undefined : await rememberedRelease(path, options);
  if (known) return known;
  const text = await downloadText({ url, limit: MAX_RELEASE }, access.client, signal);
  const release = await readRelease(text, { ...options, now: access.now });
  await ensureDirectory(join(access.cache, "lists"));
  await writeFileAtomic(path, text, join(access.cache, "lists"));
  return release;
}

/** Undefined when there is none, or one that has been damaged on the disk: it is fetched anew. */
async function rememberedRelease(path: string, options: VerifyOptions): Promise<Release | undefined> {
  const text = await readIfExists(path);
  if (!text) return undefined;
  return readRelease(text.toString("utf8"), options).catch(() => undefined);
}
