import { createReadStream } from "node:fs";
import { join } from "node:path";
import { defined, fsPath, lazyAsync } from "../base/index.ts";
import { fetchFolder, type GitAccess, type GitReference, resolveCommit } from "../git/index.ts";
import type { Store } from "../store/index.ts";
import { scanDirectory } from "../tree/index.ts";
import type { OpenOperation } from "./operation.ts";
import { type CacheKey, cacheKey, findResult, saveResult } from "./record.ts";
import { emptySnapshot, type Snapshot, stack } from "./snapshot.ts";

/** The files of a commit. */
export interface GitSource {
  readonly reference: GitReference;
  readonly keepGitDir: boolean;
}

/** What a source by git needs from outside. */
export interface GitEnvironment {
  readonly store: Store;
  readonly access: GitAccess;
  readonly signal: AbortSignal;
}

/**
 * A commit of a repository as files: owner 0:0, the time of the commit. Which commit a branch or tag names is asked at
 * every build; its files are fetched once.
 */
export function gitOperation(source: GitSource, environment: GitEnvironment): OpenOperation {
  const { access, signal } = environment;
  const resolved = lazyAsync(() => resolveCommit(source.reference, access, signal));
  const key = lazyAsync(async () => keyOf(source, await resolved()));
  const opened = lazyAsync(async () => {
    const known = await findResult(environment.store, (await key()).digest);
    return known ?? fetchFiles(source, { ...environment, found: await resolved(), key: await key() });
  });
  return {
    kind: "open",
    volatile: false,
    key,
    open: async () => ({ ...(await opened()), title: source.reference.remote }),
  };
}

type Found = Awaited<ReturnType<typeof resolveCommit>>;

function keyOf({ reference, keepGitDir }: GitSource, { commit, ref }: Found): CacheKey {
  const { remote, subdir, submodules } = reference;
  const kept = keepGitDir ? { keepGitDir, name: ref ?? "" } : { keepGitDir };
  return cacheKey({ type: "git", remote, commit, subdir: subdir ?? "", submodules, ...kept });
}

async function fetchFiles(
  { reference, keepGitDir }: GitSource,
  { store, access, signal, found, key }: GitEnvironment & { readonly found: Found; readonly key: CacheKey },
): Promise<Snapshot> {
  await using scratch = await store.scratch();
  const folder = join(scratch.path, "repository");
  const { commit, ref: name } = found;
  const wanted = { ...reference, commit, keepGitDir, ...defined({ name }) };
  const { directory, time } = await fetchFolder(wanted, { folder, access }, signal);
  const scanned = await scanDirectory(directory, { xattrs: false, owner: () => ({ uid: 0, gid: 0 }) });
  const entries = scanned.map((entry) => ({ ...entry, mtime: time }));
  const layer = await store.layers.addEntries(entries, ({ path }) =>
    createReadStream(fsPath(join(directory, path))),
  );
  const snapshot = stack(emptySnapshot(), [{ layer, created: time * 1000 }]);
  await saveResult(store, key, snapshot);
  return snapshot;
}
