import { join } from "node:path";
import {
  collectGarbage,
  ensureDirectory,
  hexOf,
  readIfExists,
  sha256,
  writeFileAtomic,
} from "../base/index.ts";
import type { PackageIndex } from "./package-index.ts";
import { findReleases, type RepositoryAccess, releaseFacts } from "./release-files.ts";
import { openLists, type PackageList, packageLists } from "./repository.ts";
import { type Choices, resolvePackages } from "./resolve.ts";
import type { Resolution, ResolveRequest } from "./resolved.ts";

/** Raised when the resolver changes, so that what it found before is not used any more. */
const GENERATION = 3;

/**
 * Finds the packages of a request in its sources. The outcome is remembered under the digests of the signed
 * lists: reading 60,000 packages takes as long as unpacking a system. Errors of `findReleases`, `packageLists`
 * and `resolvePackages`. Where no package is wanted nothing is asked for.
 */
export async function resolveRequest(
  { sources, ...request }: ResolveRequest,
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<Resolution> {
  if (request.packages.length === 0 && !request.base) return { packages: [], dropped: [], releases: [] };
  const releases = await findReleases(sources, access, signal);
  const lists = packageLists(releases, request.architecture);
  const choices = await remembered(
    { lists, question: request, resolve: (index) => resolvePackages(index, request) },
    access,
    signal,
  );
  return { ...choices, releases: releases.map(releaseFacts) };
}

interface Question {
  readonly lists: readonly PackageList[];
  /** What is asked of the lists, as data. */
  readonly question: unknown;
  readonly resolve: (index: PackageIndex) => Choices;
}

async function remembered(
  { lists, question, resolve }: Question,
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<Choices> {
  const contents = lists.map(({ repository, priority, digest }) => [repository, priority, digest]);
  const name = hexOf(sha256(JSON.stringify([GENERATION, contents, question])));
  const file = join(access.cache, "lists", `${name}.resolved.json`);
  const known = await readRemembered(file);
  if (known) return known;
  const choices = await resolveAnew(lists, resolve, { access, signal });
  await ensureDirectory(join(access.cache, "lists"));
  await writeFileAtomic(file, JSON.stringify(choices), join(access.cache, "lists"));
  // Not before something was waited for: until then the lists are on the stack, however dead.
  collectGarbage();
  return choices;
}

/** In a function of its own, so that the lists are garbage when it returns. */
async function resolveAnew(
  lists: readonly PackageList[],
  resolve: Question["resolve"],
  { access, signal }: { readonly access: RepositoryAccess; readonly signal: AbortSignal },
): Promise<Choices> {
  return resolve(await openLists(lists, access, signal));
}

async function readRemembered(file: string): Promise<Choices | undefined> {
  const text = (await readIfExists(file))?.toString("utf8");
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Choices);
  } catch {
    return undefined;
  }
}
