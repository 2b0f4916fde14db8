import { CAPABILITIES } from "../base/index.ts";
import type { Entry, TreeNode } from "../tree/index.ts";
import type { ImageContent } from "./analyse-files.ts";
import type { AnalysedFile, AnalysedProgram } from "./types.ts";

/** One row for each path; a file with several names is a file under the first of them. */
export function fileRows(
  { nodes }: Pick<ImageContent, "nodes">,
  {
    owners,
    programs,
  }: {
    readonly owners: ReadonlyMap<string, number>;
    readonly programs: ReadonlyMap<TreeNode, AnalysedProgram>;
  },
): readonly AnalysedFile[] {
  const firstNames = new Map<string, string>();
  return nodes.map((node) => {
    const { entry, inode } = node;
    const first = inode === undefined ? undefined : firstNames.get(inode);
    if (inode !== undefined && first === undefined) firstNames.set(inode, entry.path);
    const owner = owners.get(entry.path);
    const program = programs.get(node);
    return {
      ...factsOf(node, first),
      ...(owner !== undefined && { package: owner }),
      ...(program && { program }),
      ...capabilitiesOf(entry),
    };
  });
}

function factsOf({ entry, layer }: TreeNode, first: string | undefined): AnalysedFile {
  const { path, mode, uid, gid } = entry;
  const link = first ?? entry.link;
  const kind = first === undefined ? (entry.kind as AnalysedFile["kind"]) : "hardlink";
  const size = kind === "file" ? entry.size : 0;
  return { path, kind, mode, uid, gid, size, layer, ...(link !== undefined && { link }) };
}

/**
 * The permitted set of `security.capability` (linux/capability.h, `struct vfs_ns_cap_data`): little-endian words, of which
 * revision 1 has one for the set and later ones two, each followed by the inheritable ones.
 */
function capabilitiesOf({ xattrs }: Entry): Pick<AnalysedFile, "capabilities"> | undefined {
  const value = xattrs?.["security.capability"];
  if (!value || value.length < 12) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const revision = view.getUint8(3);
  const words = [view.getUint32(4, true), revision > 1 && value.length >= 20 ? view.getUint32(12, true) : 0];
  const names = words.flatMap((word, at) =>
    Array.from({ length: 32 }, (_, bit) => bit)
      .filter((bit) => (word >>> bit) & 1)
      .map((bit) => CAPABILITIES[at * 32 + bit] ?? `CAP_${at * 32 + bit}`),
  );
  return names.length > 0 ? { capabilities: names } : undefined;
}
