import { throwIfCancelled } from "../base/index.ts";
import { type Bytes, type Entry, tarFromIndex, walkTree } from "../tree/index.ts";
import { writeDestination } from "./destination.ts";
import { openRootFiles, type RootFiles } from "./root-files.ts";
import type { Exporter, ExportImage, ExportRequest } from "./types.ts";

/**
 * The root file system as one tar: sorted, without whiteouts, hard links kept, owners and times as in
 * the image. The root directory itself is not in it, so that unpacking it somewhere leaves the mode of
 * that folder alone.
 */
export function tarExporter(request: ExportRequest): Exporter {
  return {
    export: async (image, signal) => {
      await exportTars([{ image, folder: "" }], request, signal);
      return undefined;
    },
  };
}

/** An image in a folder of the tar; "" is its root. */
export interface TarPart {
  readonly image: ExportImage;
  readonly folder: string;
}

/** Several root file systems in one tar; those in its root have no files of the same names. */
export async function exportTars(
  parts: readonly TarPart[],
  request: ExportRequest,
  signal: AbortSignal,
): Promise<void> {
  throwIfCancelled(signal);
  const opened = await Promise.all(
    parts.map(async ({ image, folder }) => ({ folder, files: await openRootFiles(image, request) })),
  );
  await writeDestination(rootTar(opened), request, signal);
}

interface OpenedPart {
  readonly files: RootFiles;
  readonly folder: string;
}

function rootTar(parts: readonly OpenedPart[]): Bytes {
  const readers = new Map<Entry, () => Bytes>();
  const entries = new Map<string, Entry>();
  for (const part of parts)
    for (const entry of entriesOf(part, readers))
      if (!entries.has(entry.path)) entries.set(entry.path, entry);
  return tarFromIndex({ entries: [...entries.values()] }, (entry) => (readers.get(entry) as () => Bytes)());
}

/** The first name of a file has its content, further ones are links to it. */
function* entriesOf({ files, folder }: OpenedPart, readers: Map<Entry, () => Bytes>): Generator<Entry> {
  const placed = (path: string) => (folder === "" ? path : `${folder}/${path}`);
  const first = new Map<string, string>();
  for (const node of walkTree(files.tree)) {
    const own = files.entryOf(node);
    if (own.path === "") {
      if (folder !== "") yield { ...own, path: folder };
      continue;
    }
    const entry = { ...own, path: placed(own.path) };
    const link = node.inode === undefined ? undefined : first.get(node.inode);
    if (link !== undefined) {
      yield { ...entry, kind: "hardlink", size: 0, link };
      continue;
    }
    if (node.inode !== undefined) first.set(node.inode, entry.path);
    if (entry.kind === "file") readers.set(entry, () => files.read(node));
    yield entry;
  }
}
