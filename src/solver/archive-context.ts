import { createReadStream } from "node:fs";
import { lazyAsync, mapConcurrent, streamOf } from "../base/index.ts";
import { type Bytes, buildTree, type Entry, indexFromTar } from "../tree/index.ts";
import { NO_LAYERS, type Snapshot } from "./snapshot.ts";

/** A build context that arrived as a tar archive: an uncompressed tar file that is read in place. */
export interface ArchiveContext {
  readonly name: string;
  readonly archive: string;
}

/** All that is in it, owners included: what was not wanted in it was to be left out by who made it. */
export function openArchiveContext(context: ArchiveContext): Snapshot {
  return {
    ...NO_LAYERS,
    title: "the build context",
    tree: lazyAsync(async () => {
      const index = await indexFromTar(createReadStream(context.archive), {
        whiteouts: false,
        linksSay: true,
      });
      return buildTree([index]);
    }),
    read: ({ entry }) => readMember(context.archive, entry),
    digests: (nodes) =>
      mapConcurrent(nodes, 1, async ({ entry }) => entry.digest as NonNullable<typeof entry.digest>),
  };
}

/** A file's bytes out of an uncompressed tar. */
export function readMember(archive: string, { offset, size }: Entry): Bytes {
  if (size === 0 || offset === undefined) return streamOf();
  return createReadStream(archive, { start: offset, end: offset + size - 1 });
}
