import { createReadStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { defined, TareError, uniqueName } from "../../base/index.ts";
import {
  type FetchedFolder,
  fetchFolder,
  type GitReference,
  parseGitReference,
  resolveCommit,
} from "../../git/index.ts";
import { createHttpClient } from "../../net/index.ts";
import { indexFromTar } from "../../tree/index.ts";
import { type ContextStream, readContextStream } from "./context-stream.ts";
import { isTrue } from "./given-values.ts";
import type { JobSource } from "./job.ts";
import { SOURCE_HINTS } from "./remote-operations.ts";
import { gitAccess, httpAuthorization } from "./source-secrets.ts";

/** What an address of a context leads to: a folder of a repository, or a file that holds files or a Dockerfile. */
export type RemoteContext = ({ readonly type: "folder"; readonly directory: string } | ContextStream) & {
  /** Of the commit, or what the server says: seconds since 1970. */
  readonly time?: number;
};

/** Fetches a context that is not on this machine; undefined when the address is not of that kind. */
export async function fetchContext(address: string, source: JobSource): Promise<RemoteContext | undefined> {
  const reference = parseGitReference(address);
  if (reference) return { type: "folder", ...(await cloned(reference, source)) };
  if (!HTTP.test(address)) return undefined;
  return overHttp(address, source, async (body, time) => {
    const stream = await readContextStream(body, source.scratch);
    return time === undefined ? stream : { ...stream, time };
  });
}

/** When what an address leads to came to be: seconds since 1970; undefined when nobody says. */
export async function timeOfAddress(address: string, source: JobSource): Promise<number | undefined> {
  const reference = parseGitReference(address);
  if (reference) return (await cloned(reference, source)).time;
  return overHttp(
    address,
    source,
    async (body, time) => time ?? timeOfRemote(await readContextStream(body, source.scratch)),
  );
}

/** The same of what was fetched: of its newest file where only an archive says. */
export async function timeOfRemote(remote: RemoteContext): Promise<number | undefined> {
  if (remote.time !== undefined || remote.type !== "tar") return remote.time;
  const { entries } = await indexFromTar(createReadStream(remote.archive), { whiteouts: false });
  const times = entries.filter(({ kind }) => kind === "file").map(({ mtime }) => mtime);
  return times.length > 0 ? times.reduce((a, b) => Math.max(a, b)) : undefined;
}

async function overHttp<T>(
  address: string,
  source: JobSource,
  read: (body: Readable, time: number | undefined) => Promise<T>,
): Promise<T> {
  await using client = createHttpClient(source.environment, SOURCE_HINTS);
  const authorization = httpAuthorization(source, address);
  const { body, headers } = await client.get(address, defined({ authorization }), source.signal);
  const time = Date.parse(String(headers["last-modified"])) / 1000;
  return read(Readable.from(body, { objectMode: false }), Number.isNaN(time) ? undefined : time);
}

async function cloned(reference: GitReference, source: JobSource): Promise<FetchedFolder> {
  const { environment, secrets, signal } = source;
  const folder = join(await source.scratch(), uniqueName());
  const access = gitAccess({ environment, secrets }, reference.remote);
  const { commit, ref: name } = await resolveCommit(reference, access, signal);
  const keepGitDir = reference.keepGitDir ?? isTrue(source.buildArgs.BUILDKIT_CONTEXT_KEEP_GIT_DIR);
  return fetchFolder({ ...reference, commit, keepGitDir, ...defined({ name }) }, { folder, access }, signal);
}

/** Whether an address is that of a repository or of a file on a server. */
export function isRemoteAddress(address: string): boolean {
  return HTTP.test(address) || parseGitReference(address) !== undefined;
}

const HTTP = /^https?:\/\//i;

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
