import { createReadStream } from "node:fs";
import { lazyAsync, mapConcurrent, streamOf } from "../base/index.ts";
import { compileIgnore } from "../dockerfile/index.ts";
import { type Bytes, buildTree, type Entry, indexFromTar } from "../tree/index.ts";
import { NO_LAYERS, type Snapshot } from "./snapshot.ts";

/** A build context that arrived as a tar archive: an uncompressed tar file that is read in place. */
export interface ArchiveContext {
  readonly name: string;
  readonly archive: string;
  readonly ignore: readonly string[];
}

export function openArchiveContext(context: ArchiveContext): Snapshot {
  const ignore = compileIgnore(context.ignore);
  return {
    ...NO_LAYERS,
    title: "the build context",
    tree: lazyAsync(async () => {
      const index = await indexFromTar(createReadStream(context.archive), { whiteouts: false });
      const kept = index.entries.filter(({ path }) => path === "" || !ignore.matches(path));
      const entries = withFirstNames(kept, index.entries);
      return buildTree([{ entries: entries.map((entry) => ({ ...entry, uid: 0, gid: 0 })) }]);
    }),
    read: ({ entry }) => readMember(context.archive, entry),
    digests: (nodes) =>
      mapConcurrent(nodes, 1, async ({ entry }) => entry.digest as NonNullable<typeof entry.digest>),
  };
}

/** Where the first name of a file is left out, the next one is the file, and the others are links to that. */
function withFirstNames(kept: readonly Entry[], all: readonly Entry[]): readonly Entry[] {
  const left = new Set(kept.map(({ path }) => path));
  const files = new Map(all.map((entry) => [entry.path, entry]));
  const heirs = new Map<string, string>();
  return kept.map((entry) => {
    const { link = "" } = entry;
    if (entry.kind !== "hardlink" || left.has(link)) return entry;
    const heir = heirs.get(link);
    if (heir !== undefined) return { ...entry, link: heir };
    heirs.set(link, entry.path);
    return { ...(files.get(link) ?? entry), path: entry.path };
  });
}

/** A file's bytes out of an uncompressed tar. */
export function readMember(archive: string, { offset, size }: Entry): Bytes {
  if (size === 0 || offset === undefined) return streamOf();
  return createReadStream(archive, { start: offset, end: offset + size - 1 });
}
