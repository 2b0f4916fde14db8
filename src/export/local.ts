import { makeDirectories, mapConcurrent, throwIfCancelled } from "../base/index.ts";
import { baseName, type TreeNode } from "../tree/index.ts";
import { destinationError, folderMode, folderOf } from "./destination.ts";
import { finishDirectory, type OpenDirectory, openDirectory, openRoot } from "./open-directory.ts";
import { openRootFiles, type RootFiles } from "./root-files.ts";
import type { Exporter, ExportNotice, ExportRequest } from "./types.ts";
import { type SkipReason, writeLink, writeNode } from "./write-node.ts";

/**
 * The root file system in a folder. What is there already stays, except for files of the same name,
 * which are replaced. Everything belongs to the user who runs the export, as with BuildKit; devices are
 * left out with a notice. No symbolic link is ever followed, neither one of the image nor one in the
 * folder: each directory is entered through a handle on its parent.
 */
export function localExporter(request: ExportRequest): Exporter {
  return {
    export: async (image, signal) => {
      throwIfCancelled(signal);
      const folder = folderOf(request);
      const files = await openRootFiles(image, request);
      const run: Run = { files, signal, first: new Map(), skipped: [] };
      try {
        await makeDirectories(folder, folderMode(request));
        await using root = await openRoot(folder);
        await writeChildren(root, { ...run, root }, files.tree.root);
      } catch (error) {
        throw destinationError(error, folder);
      }
      for (const notice of notices(run.skipped)) request.onNotice?.(notice);
      return undefined;
    },
  };
}

interface Run {
  readonly files: RootFiles;
  readonly signal: AbortSignal;
  /** Path of the first name of each file that has several. */
  readonly first: Map<string, string>;
  readonly skipped: { readonly path: string; readonly reason: SkipReason }[];
}

const FILES_AT_ONCE = 8;

/** Files first, then further names of files, then directories, one after another. */
async function writeChildren(
  directory: OpenDirectory,
  run: Run & { readonly root: OpenDirectory },
  node: TreeNode,
): Promise<void> {
  const children = [...(node.children?.values() ?? [])];
  const directories = children.filter((child) => child.entry.kind === "dir");
  const others = children.filter((child) => child.entry.kind !== "dir");
  const links = new Set(others.filter((child) => !claimsInode(child, run.first)));
  const originals = others.filter((child) => !links.has(child));
  await mapConcurrent(originals, FILES_AT_ONCE, async (child) => {
    throwIfCancelled(run.signal);
    const entry = run.files.entryOf(child);
    const reason = await writeNode(directory, { entry, read: () => run.files.read(child) });
    if (reason) run.skipped.push({ path: entry.path, reason });
  });
  for (const child of links)
    await writeLink(directory, {
      name: baseName(child.entry.path),
      target: run.root.child(run.first.get(child.inode as string) as string),
    });
  for (const child of directories) await writeDirectory(directory, run, child);
}

/** Whether the node is to be written with its content: the first name of its file, or the only one. */
function claimsInode({ inode, entry }: TreeNode, first: Map<string, string>): boolean {
  if (inode === undefined) return true;
  if (first.has(inode)) return false;
  first.set(inode, entry.path);
  return true;
}

async function writeDirectory(
  parent: OpenDirectory,
  run: Run & { readonly root: OpenDirectory },
  node: TreeNode,
): Promise<void> {
  throwIfCancelled(run.signal);
  const entry = run.files.entryOf(node);
  await using directory = await openDirectory(parent, entry);
  await writeChildren(directory, run, node);
  await finishDirectory(directory, entry);
}

function notices(skipped: Run["skipped"]): readonly ExportNotice[] {
  const of = (wanted: SkipReason): readonly string[] =>
    skipped
      .filter(({ reason }) => reason === wanted)
      .map(({ path }) => `/${path}`)
      .sort();
  const devices = of("device");
  const attributes = of("attribute");
  return [
    ...(devices.length > 0
      ? [
          {
            code: "device-skipped" as const,
            message: `devices are not written to a folder: ${some(devices)}`,
          },
        ]
      : []),
    ...(attributes.length > 0
      ? [
          {
            code: "attribute-skipped" as const,
            message: `extended attributes could not be set: ${some(attributes)}`,
          },
        ]
      : []),
  ];
}

function some(paths: readonly string[]): string {
  return paths.length <= 5
    ? paths.join(", ")
    : `${paths.slice(0, 5).join(", ")} and ${paths.length - 5} more`;
}
