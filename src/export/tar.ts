import { throwIfCancelled } from "../base/index.ts";
import { type Bytes, type Entry, type TreeNode, tarFromIndex, walkTree } from "../tree/index.ts";
import { writeDestination } from "./destination.ts";
import { openRootFiles, type RootFiles } from "./root-files.ts";
import type { Exporter, ExportRequest } from "./types.ts";

/**
 * The root file system as one tar: sorted, without whiteouts, hard links kept, owners and times as in
 * the image. The root directory itself is not in it, so that unpacking it somewhere leaves the mode of
 * that folder alone.
 */
export function tarExporter(request: ExportRequest): Exporter {
  return {
    export: async (image, signal) => {
      throwIfCancelled(signal);
      const files = await openRootFiles(image, request);
      await writeDestination(rootTar(files), request, signal);
      return undefined;
    },
  };
}

function rootTar(files: RootFiles): Bytes {
  const nodes = new Map<Entry, TreeNode>();
  const first = new Map<string, string>();
  const entries: Entry[] = [];
  for (const node of walkTree(files.tree)) {
    const entry = files.entryOf(node);
    if (entry.path === "") continue;
    const link = node.inode === undefined ? undefined : first.get(node.inode);
    if (link === undefined) {
      if (node.inode !== undefined) first.set(node.inode, entry.path);
      if (entry.kind === "file") nodes.set(entry, node);
      entries.push(entry);
    } else entries.push({ ...entry, kind: "hardlink", size: 0, link });
  }
  return tarFromIndex({ entries }, (entry) => files.read(nodes.get(entry) as TreeNode));
}
