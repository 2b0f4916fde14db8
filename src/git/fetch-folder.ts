import { mkdir } from "node:fs/promises";
import { type CheckedCommit, checkout, folderIn, type GitAccess } from "./checkout.ts";

/** The files that a reference names, on the disk. */
export interface FetchedFolder {
  readonly directory: string;
  /** Of the commit, seconds since 1970. */
  readonly time: number;
}

/** Checks a commit out into a new folder, and finds in it what the reference names. */
export async function fetchFolder(
  reference: CheckedCommit,
  { folder, access }: { readonly folder: string; readonly access: GitAccess },
  signal: AbortSignal,
): Promise<FetchedFolder> {
  await mkdir(folder);
  const time = await checkout(reference, { folder, access }, signal);
  return { directory: await folderIn(folder, reference), time };
}
