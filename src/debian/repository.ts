import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import {
  type Digest,
  ensureDirectory,
  hexOf,
  mapConcurrent,
  readIfExists,
  sha256,
  TareError,
} from "../base/index.ts";
import { condensed } from "./condense.ts";
import { downloadFile } from "./download-file.ts";
import { indexPackages, type PackageIndex, type PackagesFile } from "./package-index.ts";
import type { RepositoryAccess, SuiteRelease } from "./release-files.ts";
import type { PackageFile } from "./resolved.ts";
import type { Source } from "./source.ts";
import { uncompressedPieces } from "./uncompressed.ts";

/** An index file that a signed Release file vouches for. */
export interface ListedFile {
  /** Counted from the suite's folder. */
  readonly path: string;
  readonly url: string;
  readonly digest: Digest;
  readonly size: number;
}

/** A Packages file. */
export interface PackageList extends ListedFile {
  /** Id of the source. */
  readonly repository: string;
  /** apt's priority of what is in it (apt_preferences(5)). */
  readonly priority: number;
}

/** The package lists of some suites for one architecture. `resolve-package` when a suite has none. */
export function packageLists(
  releases: readonly SuiteRelease[],
  architecture: string,
): readonly PackageList[] {
  return releases.flatMap((release) =>
    release.source.components.flatMap((component) =>
      folders(release, component, architecture).map((folder) => packageList(release, folder)),
    ),
  );
}

/** All packages of some lists, whose hashes are checked. */
export async function openLists(
  lists: readonly PackageList[],
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<PackageIndex> {
  const parts = await mapConcurrent(lists, LISTS_AT_ONCE, (list) => packagesOf(list, access, signal));
  return indexPackages(parts.flat());
}

/**
 * A package's bytes, from the cache or from its source, checked either way. What is in the cache needs neither
 * the source nor the network. `integrity-digest` when the source has another file.
 */
export async function fetchPackage(
  { repository, path, size, sha256: digest }: PackageFile,
  { access, sources }: { readonly access: RepositoryAccess; readonly sources: readonly Source[] },
  signal: AbortSignal,
): Promise<Buffer> {
  const file = join(access.cache, `${hexOf(digest)}.deb`);
  const known = await readIfExists(file);
  if (known && sha256(known) === digest) return known;
  const source = sources.find(({ id }) => id === repository);
  if (!source)
    throw new TareError("resolve-package", `${path} is from a source ${repository}, which is not there`, {
      hint: "the lock is of another recipe; make it again with `tare base resolve`",
    });
  await ensureDirectory(access.cache);
  const url = `${source.uri.replace(/\/+$/, "")}/${path}`;
  await downloadFile({ url, digest, size, drafts: access.cache, path: file }, access.client, signal);
  return readFile(file);
}

/** An index file's path on the disk, where it is now, checked. */
export async function fetchListed(
  { path: listed, url, digest, size }: ListedFile,
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<string> {
  const folder = join(access.cache, "lists");
  const path = join(folder, `${hexOf(digest)}${extname(listed)}`);
  const known = await readIfExists(path);
  if (known && sha256(known) === digest) return path;
  await ensureDirectory(folder);
  await downloadFile({ url, digest, size, drafts: access.cache, path }, access.client, signal);
  return path;
}

/** The file of a suite with this path, at the address to ask for it; undefined when the suite has none. */
export function listedFile({ base, release }: SuiteRelease, path: string): ListedFile | undefined {
  const listed = release.files.get(path);
  if (!listed) return undefined;
  const folder = path.slice(0, path.lastIndexOf("/"));
  const url = release.byHash ? `${base}/${folder}/by-hash/SHA256/${hexOf(listed.digest)}` : `${base}/${path}`;
  return { path, url, ...listed };
}

/** Two: each is up to 30 MB of what is read of it. */
const LISTS_AT_ONCE = 2;
const FORMS: readonly string[] = [".xz", ".gz", ""];

/** Some archives list what is for all architectures apart (Debian wiki, RepositoryFormat, "Architectures"). */
function folders(
  { release: { fields } }: SuiteRelease,
  component: string,
  architecture: string,
): readonly string[] {
  const apart =
    (fields.get("Architectures") ?? "").split(/\s+/).includes("all") &&
    fields.get("No-Support-for-Architecture-all") !== "Packages";
  return [architecture, ...(apart ? ["all"] : [])].map((name) => `${component}/binary-${name}`);
}

function packageList(release: SuiteRelease, folder: string): PackageList {
  for (const form of FORMS) {
    const listed = listedFile(release, `${folder}/Packages${form}`);
    if (listed) return { ...listed, repository: release.source.id, priority: priorityOf(release) };
  }
  throw new TareError(
    "resolve-package",
    `${release.base} has no packages for ${folder.replace("/binary-", ", ")}`,
    {
      hint: "check the components and the architecture; Debian builds for amd64, arm64 and some others",
    },
  );
}

/** What a repository asks for in its Release file (apt_preferences(5)). */
function priorityOf({ release: { fields } }: SuiteRelease): number {
  if (fields.get("NotAutomatic") !== "yes") return 500;
  return fields.get("ButAutomaticUpgrades") === "yes" ? 100 : 1;
}

/** In parts, each of whole stanzas. */
async function packagesOf(
  list: PackageList,
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<readonly PackagesFile[]> {
  const file = await readFile(await fetchListed(list, access, signal));
  const { repository, priority } = list;
  const parts: PackagesFile[] = [];
  for await (const bytes of condensed(uncompressedPieces(file))) parts.push({ bytes, repository, priority });
  return parts;
}
