import { buildTree, type LayerIndex, type TreeNode, validateIndex, walkTree } from "../tree/index.ts";
import type { LayerPart } from "./arrange.ts";
import type { ComposedLayer } from "./compose-recipe.ts";

/** What is at every path of layers, merged; a file with several names says which they are. */
export function merged(indexes: readonly LayerIndex[]): Readonly<Record<string, unknown>> {
  for (const index of indexes) validateIndex(index);
  const tree = buildTree(indexes);
  const names = new Map<string, string[]>();
  const nodes = [...walkTree(tree)];
  for (const { inode, entry } of nodes)
    if (inode !== undefined) names.set(inode, [...(names.get(inode) ?? []), entry.path]);
  return Object.fromEntries(nodes.map((node) => [`/${node.entry.path}`, factsOf(node, names)]));
}

function factsOf({ entry, inode }: TreeNode, names: ReadonlyMap<string, readonly string[]>): unknown {
  const { path: _path, offset: _offset, xattrs: _xattrs, ...facts } = entry;
  const shared = inode === undefined ? [] : (names.get(inode) ?? []);
  return { ...facts, ...(shared.length > 1 && { names: shared }) };
}

/** The same of layers that are laid out. */
export function mergedParts(parts: readonly LayerPart[]): ReturnType<typeof merged> {
  return merged(parts.map(({ placed }) => ({ entries: placed.map(({ entry }) => entry) })));
}

/** The same of layers in a store. */
export async function mergedLayers(layers: readonly ComposedLayer[]): Promise<ReturnType<typeof merged>> {
  return merged(await Promise.all(layers.map(({ layer }) => layer.index())));
}
