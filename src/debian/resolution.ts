import { join } from "node:path";
import { collectGarbage, hexOf, readIfExists, sha256, writeFileAtomic } from "../base/index.ts";
import type { PackageInfo } from "./package-index.ts";
import {
  findLists,
  openLists,
  type PackageList,
  type ReleaseChoice,
  type RepositoryAccess,
} from "./repository.ts";
import { resolvePackages } from "./resolve.ts";

/** A package to fetch. */
export type SystemPackage = Omit<PackageInfo, "fields">;

/** Raised when the resolver changes, so that what it found before is not used any more. */
const GENERATION = 1;

/**
 * Resolves a minimal system: Essential and required packages, `extra`, and all that they need. The result is
 * remembered under the digests of the signed lists: reading 60,000 packages takes as long as unpacking a system.
 */
export async function resolveSystem(
  release: ReleaseChoice,
  { extra, access }: { readonly extra: readonly string[]; readonly access: RepositoryAccess },
  signal: AbortSignal,
): Promise<readonly SystemPackage[]> {
  const lists = await findLists(release, access, signal);
  const name = hexOf(sha256(JSON.stringify([GENERATION, lists, extra])));
  const file = join(access.cache, "lists", `${name}.resolved.json`);
  const known = await remembered(file);
  if (known) return known;
  const packages = await resolveAnew(lists, { extra, access }, signal);
  collectGarbage();
  await writeFileAtomic(file, JSON.stringify(packages), join(access.cache, "lists"));
  return packages;
}

/** In a function of its own, so that the lists are garbage when it returns. */
async function resolveAnew(
  lists: readonly PackageList[],
  { extra, access }: { readonly extra: readonly string[]; readonly access: RepositoryAccess },
  signal: AbortSignal,
): Promise<readonly SystemPackage[]> {
  const index = await openLists(lists, access, signal);
  const found = resolvePackages(index, [...index.base().map(({ name }) => name), ...extra]);
  return found.map(({ fields: _fields, ...rest }) => rest);
}

async function remembered(file: string): Promise<readonly SystemPackage[] | undefined> {
  const text = (await readIfExists(file))?.toString("utf8");
  try {
    return text === undefined ? undefined : (JSON.parse(text) as readonly SystemPackage[]);
  } catch {
    return undefined;
  }
}
