import { type Digest, groupedBy, lazyAsync, TareError } from "../base/index.ts";
import type { Store, StoredLayer } from "../store/index.ts";
import {
  applyLayer,
  buildUpperTree,
  emptyTree,
  NotYetKnown,
  type Tree,
  type TreeNode,
} from "../tree/index.ts";
import { bringAll, type FileTree } from "./files.ts";

/** A file system as a stack of layers, bottom first. Immutable; its merged tree is made at the first use. */
export interface Snapshot extends FileTree {
  readonly layers: readonly StoredLayer[];
  /** When each layer was made, milliseconds since 1970; for the history of an image. */
  readonly created: readonly number[];
  /** What is in each layer, where only whoever made it can say; "" else. For the history, too. */
  readonly comments: readonly string[];
}

/** What files have that are no image. */
export const NO_LAYERS = { layers: [], created: [], comments: [] } as const;

/** The file system with nothing in it. */
export function emptySnapshot(): Snapshot {
  return snapshotOf(NO_LAYERS, { title: EMPTY, below: undefined });
}

const EMPTY = "an empty image";

/** The same with layers on top; the merged tree below is shared. */
export function stack(
  below: Snapshot,
  added: readonly { readonly layer: StoredLayer; readonly created: number; readonly comment?: string }[],
): Snapshot {
  return added.reduce(
    (snapshot, { layer, created, comment = "" }) =>
      snapshotOf(
        {
          layers: [...snapshot.layers, layer],
          created: [...snapshot.created, created],
          comments: [...snapshot.comments, comment],
        },
        { title: snapshot.title === EMPTY ? "the image" : snapshot.title, below: snapshot },
      ),
    below,
  );
}

/** Opens a stack by the ids of its layers; undefined when one of them is neither in the store nor elsewhere. */
export async function openSnapshot(
  store: Store,
  stored: {
    readonly layers: readonly string[];
    readonly created: readonly number[];
    readonly comments?: readonly string[];
  },
  elsewhere: (id: string) => StoredLayer | undefined = () => undefined,
): Promise<Snapshot | undefined> {
  const layers = await Promise.all(
    stored.layers.map(async (id) => (await store.layers.get(id)) ?? elsewhere(id)),
  );
  if (layers.some((layer) => layer === undefined)) return undefined;
  const added = (layers as StoredLayer[]).map((layer, index) => ({
    layer,
    created: stored.created[index] ?? 0,
    comment: stored.comments?.[index] ?? "",
  }));
  return stack(emptySnapshot(), added);
}

function snapshotOf(
  stacked: Pick<Snapshot, "layers" | "created" | "comments">,
  { title, below }: { readonly title: string; readonly below: Snapshot | undefined },
): Snapshot {
  const { layers } = stacked;
  const tree = lazyAsync(async () => {
    const top = layers.at(-1);
    if (!top || !below) return emptyTree;
    const [lower, index] = await Promise.all([below.tree(), top.index()]);
    return applyLayer(lower, index, layers.length - 1);
  });
  return {
    ...stacked,
    title,
    tree,
    look: (read) => lookFromAbove(layers, { tree, read }),
    read: (node) => layerOf(layers, node).read(node.entry),
    bring: (nodes) => bringFrom(layers, nodes),
    digests: (nodes) => digestsOf(layers, nodes),
  };
}

/** What the topmost layer with a path says of it counts, so layers further down are often never asked. */
async function lookFromAbove<T>(
  layers: readonly StoredLayer[],
  { tree, read }: { readonly tree: () => Promise<Tree>; readonly read: (tree: Tree) => T | Promise<T> },
): Promise<T> {
  const isHere = (at: number) => layers[at]?.elsewhere === undefined;
  for (let first = layers.length; ; first--) {
    while (first > 0 && isHere(first - 1)) first--;
    if (first === 0) return read(await tree());
    const indexes = await Promise.all(layers.slice(first).map((layer) => layer.index()));
    const lack = { name: new NotYetKnown(), list: new NotYetKnown() };
    try {
      return await read(buildUpperTree(indexes, { first, lack }));
    } catch (error) {
      // What is in a directory all layers have to say: they come at once.
      if (error === lack.list) return read(await tree());
      if (error !== lack.name) throw error;
    }
  }
}

/** Each layer is asked once, for all of its files. */
function bringFrom(layers: readonly StoredLayer[], nodes: readonly TreeNode[]): Promise<AsyncDisposable> {
  return bringAll(
    [...byLayer(layers, nodes)].map(
      ([layer, own]) =>
        () =>
          layer.bring?.(own.map(({ entry }) => entry)),
    ),
  );
}

function byLayer(
  layers: readonly StoredLayer[],
  nodes: readonly TreeNode[],
): ReadonlyMap<StoredLayer, readonly TreeNode[]> {
  return groupedBy(nodes, (node) => layerOf(layers, node));
}

/** Each layer is asked once, for all of its files. */
async function digestsOf(
  layers: readonly StoredLayer[],
  nodes: readonly TreeNode[],
): Promise<readonly Digest[]> {
  const found = new Map<TreeNode, Digest>();
  for (const [layer, own] of byLayer(layers, nodes)) {
    const digests = await layer.contentDigests(own.map(({ entry }) => entry));
    for (const node of own) found.set(node, digests.get(node.entry.path) as Digest);
  }
  return nodes.map((node) => found.get(node) as Digest);
}

function layerOf(layers: readonly StoredLayer[], node: TreeNode): StoredLayer {
  const layer = layers[node.layer];
  if (layer) return layer;
  throw new TareError("internal-bug", `no layer ${node.layer} for ${node.entry.path}`);
}
