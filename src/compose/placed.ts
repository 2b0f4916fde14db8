import { createHasher, type Digest, sha256 } from "../base/index.ts";
import { type ProgramFacts, programFacts } from "../closure/index.ts";
import { type Bytes, comparePaths, type Entry, impliedDirectory } from "../tree/index.ts";

/** A path on its way into a layer: what it will be, and of a file where its bytes come from. */
export interface Placed {
  /** Of a file with the digest of its content, and without an offset: where the bytes will be is not known yet. */
  readonly entry: Entry;
  /** A file's bytes; absent of everything else. */
  readonly read?: () => Bytes;
  /** What a file needs to be started or loaded; absent of what is no program. */
  readonly program?: ProgramFacts | undefined;
  /** Of a file with several names: the same text for each of them, among those of one bringer. */
  readonly inode?: string;
}

/** A file of given content. */
export function placedFile(
  facts: Omit<Entry, "kind" | "size" | "digest">,
  content: Uint8Array | string,
): Placed {
  const bytes = Buffer.from(content);
  const digest: Digest = sha256(bytes);
  return {
    entry: { ...facts, kind: "file", size: bytes.length, digest },
    program: programFacts(bytes),
    read: async function* () {
      yield bytes;
    },
  };
}

/** A file of bytes that are made whenever they are asked for, and are the same each time. */
export async function placedStream(
  facts: Omit<Entry, "kind" | "size" | "digest">,
  { read, program }: { readonly read: () => Bytes; readonly program?: ProgramFacts | undefined },
): Promise<Placed> {
  const hasher = createHasher();
  let size = 0;
  for await (const bytes of read()) {
    hasher.update(bytes);
    size += bytes.length;
  }
  return { entry: { ...facts, kind: "file", size, digest: hasher.digest() }, program, read };
}

/** A directory that nobody describes. */
export function placedDirectory(path: string): Placed {
  return { entry: impliedDirectory(path) };
}

/** What of several is at each path, in the order of a layer; what is there twice is the last of them. */
export function inOrder(placed: Iterable<Placed>): readonly Placed[] {
  const byPath = new Map<string, Placed>();
  for (const one of placed) byPath.set(one.entry.path, one);
  return [...byPath.values()].sort((a, b) => comparePaths(a.entry.path, b.entry.path));
}

/** Of a file with several names the first, in the order of a layer, is the file, and the others are links to it. */
export function withHardLinks(placed: readonly Placed[]): readonly Placed[] {
  const first = new Map<string, string>();
  return placed.map((one) => {
    const { entry, inode } = one;
    if (inode === undefined) return one;
    const link = first.get(inode);
    first.set(inode, link ?? entry.path);
    if (link === undefined) return one;
    const { path, mode, uid, gid, mtime } = entry;
    return { ...one, entry: { path, kind: "hardlink", mode, uid, gid, mtime, size: 0, link } };
  });
}
