import { createReadStream } from "node:fs";
import { decompress } from "../archive/index.ts";
import { TareError } from "../base/index.ts";
import { mergedPath } from "../tree/index.ts";
import { findReleases, type RepositoryAccess, type SuiteRelease } from "./release-files.ts";
import { fetchListed, listedFile } from "./repository.ts";
import type { Source } from "./source.ts";
import { wholeLines } from "./whole-lines.ts";

/** A package that has a file. */
export interface Owner {
  readonly package: string;
  /** Without a slash in front. */
  readonly path: string;
}

/** Whose files are looked for, and where. */
export interface OwnerRequest {
  readonly sources: readonly Source[];
  readonly architecture: string;
  /** Paths (`usr/bin/perl`), or names that may be in any folder (`libpcre2-8.so.0`). */
  readonly files: readonly string[];
}

/**
 * Finds the packages that have some files, by the signed Contents indexes: what to name in an error about a
 * missing library. Per file the owners, those of the shortest paths first; none when nobody has it. The index
 * of packages for all architectures, three times as long, is only read for what the other has not. The indexes
 * (12 and 34 MB) are kept in the cache, and read as a stream. Suites and mirrors
 * without them are passed over.
 */
export async function findOwners(
  { sources, architecture, files }: OwnerRequest,
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly Owner[]>> {
  const releases = await findReleases(sources, access, signal);
  const found = new Map<string, Owner[]>(files.map((file) => [file, []]));
  for (const name of [architecture, "all"]) {
    const missing = files.filter((file) => found.get(file)?.length === 0);
    if (missing.length === 0) break;
    for (const release of releases)
      for (const path of await contentsFiles(release, name, { access, signal }))
        await searchContents(decompress(createReadStream(path, { signal })), missing, found);
  }
  return new Map([...found].map(([file, owners]) => [file, sorted(owners)]));
}

async function contentsFiles(
  release: SuiteRelease,
  architecture: string,
  { access, signal }: { readonly access: RepositoryAccess; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const component of release.source.components) {
    const listed = listedFile(release, `${component}/Contents-${architecture}.gz`);
    const path = listed && (await fetchListed(listed, access, signal).catch(passOver));
    if (path !== undefined) paths.push(path);
  }
  return paths;
}

/** Mirrors do not keep every index that a Release file lists. */
function passOver(error: unknown): undefined {
  if (error instanceof TareError && error.code === "registry-refused") return undefined;
  throw error;
}

/** Adds the owners that one index tells (Debian wiki, RepositoryFormat, "Contents"). */
export async function searchContents(
  bytes: AsyncIterable<Uint8Array>,
  files: readonly string[],
  found: ReadonlyMap<string, Owner[]>,
): Promise<void> {
  const wanted = files.map((file) => ({
    file,
    path: merged(file),
    needle: Buffer.from(`/${baseName(file)}`),
  }));
  for await (const block of wholeLines(bytes))
    for (const { file, path, needle } of wanted)
      for (let at = block.indexOf(needle); at >= 0; at = block.indexOf(needle, at + needle.length)) {
        if (!BLANKS.has(block[at + needle.length])) continue;
        const line = lineAround(block, at);
        if (matches(line.path, path))
          for (const name of line.packages) found.get(file)?.push({ package: name, path: line.path });
      }
}

const BLANKS: ReadonlySet<number | undefined> = new Set([0x20, 0x09]);

/** `path  section/package,section/package`; the path may have blanks in it. */
function lineAround(
  block: Buffer,
  at: number,
): { readonly path: string; readonly packages: readonly string[] } {
  const start = block.lastIndexOf("\n", at) + 1;
  const end = block.indexOf("\n", at);
  const text = block.toString("utf8", start, end < 0 ? block.length : end);
  const [, path = "", owners = ""] = /^(.*\S)\s+(\S+)\s*$/.exec(text) ?? [];
  return { path: merged(path), packages: owners.split(",").map(baseName) };
}

function matches(path: string, wanted: string): boolean {
  return wanted.includes("/") ? path === wanted : baseName(path) === wanted;
}

/** As it is once /bin, /sbin and /lib are links into /usr; `*` in front of a name is any folder. */
function merged(path: string): string {
  return mergedPath(path.replace(/^\*\//, "").replace(/^\.?\/+/, ""));
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function sorted(owners: readonly Owner[]): readonly Owner[] {
  const unique = new Map(
    owners.map(({ package: name, path }) => [`${path} ${name}`, { package: name, path }]),
  );
  const depth = ({ path }: Owner) => path.split("/").length;
  return [...unique]
    .sort(([a, x], [b, y]) => depth(x) - depth(y) || (a < b ? -1 : 1))
    .map(([, owner]) => owner);
}
