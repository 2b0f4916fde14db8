import { join } from "node:path";
import { Readable } from "node:stream";
import { TareError, uniqueName } from "../base/index.ts";
import {
  type FetchedFolder,
  fetchFolder,
  type GitReference,
  parseGitReference,
  resolveCommit,
} from "../git/index.ts";
import { createHttpClient } from "../net/index.ts";
import { type ContextStream, readContextStream } from "./context-stream.ts";
import type { JobSource } from "./job.ts";
import { gitAccess, SOURCE_HINTS } from "./remote-operations.ts";

/** What an address of a context leads to: a folder of a repository, or a file that holds files or a Dockerfile. */
export type RemoteContext = ({ readonly type: "folder"; readonly directory: string } | ContextStream) & {
  /** Of the commit, or what the server says: seconds since 1970. */
  readonly time?: number;
};

/** Fetches a context that is not on this machine; undefined when the address is not of that kind. */
export async function fetchContext(address: string, source: JobSource): Promise<RemoteContext | undefined> {
  const reference = parseGitReference(address);
  if (reference) return { type: "folder", ...(await cloned(reference, source)) };
  if (!/^https?:\/\//i.test(address)) return undefined;
  await using client = createHttpClient(source.environment, SOURCE_HINTS);
  const { body, headers } = await client.get(address, {}, source.signal);
  const stream = await readContextStream(Readable.from(body, { objectMode: false }), source.scratch);
  const time = Date.parse(String(headers["last-modified"])) / 1000;
  return Number.isNaN(time) ? stream : { ...stream, time };
}

async function cloned(reference: GitReference, source: JobSource): Promise<FetchedFolder> {
  const { environment, secrets, signal } = source;
  const folder = join(await source.scratch(), uniqueName());
  const access = gitAccess({ environment, secrets }, reference.remote);
  const { commit } = await resolveCommit(reference, access, signal);
  const keepGitDir = source.buildArgs.BUILDKIT_CONTEXT_KEEP_GIT_DIR === "1";
  return fetchFolder({ ...reference, commit, keepGitDir }, { folder, access }, signal);
}

/** A named context has no use for a Dockerfile. */
export function folderOrArchive(
  name: string,
  fetched: RemoteContext,
): { readonly directory: string } | { readonly archive: string } {
  if (fetched.type === "folder") return { directory: fetched.directory };
  if (fetched.type === "tar") return { archive: fetched.archive };
  throw new TareError("user-context", `build context ${name} is neither a repository nor an archive`, {
    hint: "give the address of a tar archive, or of a git repository",
  });
}
