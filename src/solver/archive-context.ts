import { createReadStream } from "node:fs";
import { lazyAsync, mapConcurrent } from "../base/index.ts";
import { compileIgnore } from "../dockerfile/index.ts";
import { type Bytes, buildTree, type Entry, indexFromTar } from "../tree/index.ts";
import type { Snapshot } from "./snapshot.ts";

/** A build context that arrived as a tar archive: an uncompressed tar file that is read in place. */
export interface ArchiveContext {
  readonly name: string;
  readonly archive: string;
  readonly ignore: readonly string[];
}

export function openArchiveContext(context: ArchiveContext): Snapshot {
  const ignore = compileIgnore(context.ignore);
  return {
    layers: [],
    created: [],
    title: "the build context",
    tree: lazyAsync(async () => {
      const index = await indexFromTar(createReadStream(context.archive), { whiteouts: false });
      const entries = index.entries.filter(({ path }) => path === "" || !ignore.matches(path));
      return buildTree([{ entries: entries.map((entry) => ({ ...entry, uid: 0, gid: 0 })) }]);
    }),
    read: ({ entry }) => readMember(context.archive, entry),
    digests: (nodes) =>
      mapConcurrent(nodes, 1, async ({ entry }) => entry.digest as NonNullable<typeof entry.digest>),
  };
}

/** A file's bytes out of an uncompressed tar. */
export function readMember(archive: string, { offset, size }: Entry): Bytes {
  if (size === 0 || offset === undefined) return nothing();
  return createReadStream(archive, { start: offset, end: offset + size - 1 });
}

async function* nothing(): Bytes {}
