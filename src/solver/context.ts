import { constants, type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import {
  createHasher,
  type Digest,
  fsPath,
  isSystemError,
  lazyAsync,
  mapConcurrent,
  TareError,
} from "../base/index.ts";
import { compileIgnore } from "../dockerfile/index.ts";
import {
  type Bytes,
  buildTree,
  type Entry,
  type FileStat,
  readXattrs,
  type ScannedEntry,
  scanDirectory,
  type TreeNode,
} from "../tree/index.ts";
import { contextPaths, followsLink } from "./context-paths.ts";
import type { Snapshot } from "./snapshot.ts";
import { openStatIndex, type StatIndex } from "./stat-index.ts";

/** A folder of the user's that a build reads. */
export interface LocalContext {
  readonly name: string;
  readonly directory: string;
  /** Patterns of its .dockerignore. */
  readonly ignore: readonly string[];
  /** The only paths that the build asks for, as COPY writes them; undefined is all. */
  readonly wanted?: readonly string[];
  /** Folder of the store for what is remembered of files between builds. */
  readonly indexDirectory: string;
}

/**
 * A build context as files: nothing is copied, everything is read when it is needed. Owners are 0:0, as
 * in every builder; extended attributes are those of files. A file that changes while it is read is `user-context`.
 */
export function openContext(context: LocalContext): Snapshot {
  const scanned = lazyAsync(() => scan(context));
  const index = lazyAsync(() => openStatIndex(context));
  return {
    layers: [],
    created: [],
    title: context.name === "context" ? "the build context" : `the build context ${context.name}`,
    tree: lazyAsync(async () => treeOf(await scanned(), await index(), context)),
    read: (node) => readUnchanged(context, node),
    digests: async (nodes) => digestAll(context, nodes, { scanned: await scanned(), index: await index() }),
  };
}

async function scan(context: LocalContext): Promise<ReadonlyMap<string, ScannedEntry>> {
  const wanted = contextPaths(context.wanted);
  const some = await scanSome(context, wanted);
  const all =
    wanted && some.some(({ entry }) => followsLink(entry, context.wanted ?? []))
      ? await scanSome(context, undefined)
      : some;
  return new Map(all.map((item) => [item.entry.path, item]));
}

async function scanSome(
  context: LocalContext,
  wanted: readonly string[] | undefined,
): Promise<readonly ScannedEntry[]> {
  const ignore = compileIgnore(context.ignore);
  return scanDirectory(context.directory, {
    xattrs: false,
    skip: (path, isDirectory) => {
      if (wanted && !wanted.some((want) => isOnTheWay(path, want))) return "prune";
      if (!ignore.matches(path)) return undefined;
      return isDirectory && !ignore.canPrune(path) ? "skip" : "prune";
    },
  });
}

/** `a` and `a/b` for the wish `a/b`, and everything below it. */
function isOnTheWay(path: string, want: string): boolean {
  return (
    path === "" || want === "" || path === want || want.startsWith(`${path}/`) || path.startsWith(`${want}/`)
  );
}

function treeOf(
  scanned: ReadonlyMap<string, ScannedEntry>,
  index: StatIndex,
  context: LocalContext,
): ReturnType<typeof buildTree> {
  const entries = [...scanned.values()].map(({ entry, stat }) => {
    const xattrs = entry.kind === "file" ? xattrsOf(entry, stat, { index, context }) : {};
    return { ...entry, uid: 0, gid: 0, ...(Object.keys(xattrs).length > 0 && { xattrs }) };
  });
  return buildTree([{ entries }]);
}

/** Reading them loads the system-call library, so what is known of an unchanged file is not read again. */
function xattrsOf(
  { path, size }: Entry,
  stat: FileStat,
  { index, context }: { readonly index: StatIndex; readonly context: LocalContext },
): Readonly<Record<string, Uint8Array>> {
  const facts = { ...stat, size };
  const known = index.find(path, facts);
  if (known) return known.xattrs;
  const startedAt = Date.now();
  const xattrs = readXattrs(join(context.directory, path), false).kept ?? {};
  index.add(path, { stat: facts, xattrs, startedAt });
  return xattrs;
}

async function digestAll(
  context: LocalContext,
  nodes: readonly TreeNode[],
  { scanned, index }: { readonly scanned: ReadonlyMap<string, ScannedEntry>; readonly index: StatIndex },
): Promise<readonly Digest[]> {
  const digests = await mapConcurrent(nodes, 8, async (node) => {
    const { path } = node.entry;
    const stat = { ...(scanned.get(path) as ScannedEntry).stat, size: node.entry.size };
    const known = index.find(path, stat)?.digest;
    if (known) return known;
    const startedAt = Date.now();
    const digest = await hashUnchanged(context, node);
    index.add(path, { stat, digest, xattrs: node.entry.xattrs ?? {}, startedAt });
    return digest;
  });
  await index.save();
  return digests;
}

async function hashUnchanged(context: LocalContext, node: TreeNode): Promise<Digest> {
  const hasher = createHasher();
  for await (const chunk of readUnchanged(context, node)) hasher.update(chunk);
  return hasher.digest();
}

const CHUNK = 256 * 1024;

/** Reads a file and makes sure that it was the same file, of the same size and time, all the while. */
async function* readUnchanged(context: LocalContext, { entry }: TreeNode): Bytes {
  let handle: FileHandle | undefined;
  try {
    handle = await open(
      fsPath(join(context.directory, entry.path)),
      constants.O_RDONLY | constants.O_NOFOLLOW,
    );
    const before = await handle.stat();
    if (before.size !== entry.size || !before.isFile()) throw changed(entry.path);
    yield* chunks(handle, entry.size);
    const after = await handle.stat();
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw changed(entry.path);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ELOOP", "ENOTDIR")) throw changed(entry.path, error);
    if (isSystemError(error, "EACCES"))
      throw new TareError("user-context", `can not read ${entry.path} in the build context`, {
        hint: "change its mode, or leave it out by .dockerignore",
        cause: error,
      });
    throw error;
  } finally {
    await handle?.close();
  }
}

async function* chunks(handle: FileHandle, size: number): Bytes {
  for (let at = 0; at < size; ) {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, size - at));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function changed(path: string, cause?: unknown): TareError {
  return new TareError("user-context", `${path} changed while the build was reading it`, {
    hint: "build again when nothing writes to the build context, or leave the file out by .dockerignore",
    cause,
  });
}
