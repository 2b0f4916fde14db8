import { type Digest, TareError } from "../../base/index.ts";
import { openImage, type Snapshot } from "../../solver/index.ts";
import { openStore, type StoredLayer } from "../../store/index.ts";
import {
  applyLayer,
  buildTree,
  type Difference,
  diffTrees,
  type Entry,
  type EntryKind,
  type Tree,
  type TreeChange,
  type TreeNode,
  walkTree,
} from "../../tree/index.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";

/** Which images `diff` compares: two, or one with what it was before its last layer. */
export interface DiffRequest extends StoreChoice {
  readonly before: string;
  readonly after?: string;
}

/** The same made plain, so that it can cross to the engine. */
export interface DiffJob {
  readonly root: string;
  readonly before: string;
  readonly after: string | undefined;
}

/** A path that differs between two images. Times are not compared. */
export interface FileChange {
  /** From the root on: `/etc/passwd`. */
  readonly path: string;
  readonly kind: "added" | "changed" | "deleted";
  /** Of what changed, in what. */
  readonly differs: readonly Difference[];
  readonly before?: FileFacts;
  readonly after?: FileFacts;
  /** Bytes that the second image has more; of a directory that is gone, of all that was in it. */
  readonly bytes: number;
}

export interface FileFacts {
  readonly kind: EntryKind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly link?: string;
}

/**
 * How the files of two images differ, or what the last layer of one has changed, in the order of the paths. Contents are
 * compared by digest. `resolve-image` when there is no such image, `integrity-*` when it is damaged.
 */
export async function diffImages(
  { before, after, ...choice }: DiffRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly FileChange[]> {
  const job: DiffJob = { root: storeFolder(choice), before, after };
  const store = await openStore(job.root);
  await using _lease = await store.hold("tare diff");
  const images = [before, ...(after === undefined ? [] : [after])];
  const opened = await Promise.all(images.map((name) => openImage(store, name)));
  // What RUN left may belong to other users, whose files only the engine can read.
  if (opened.every(({ files }) => files.layers.every(({ form }) => form === "tar"))) return diffStored(job);
  const { callEngine } = await import("../../engine/index.ts");
  return (await callEngine(
    { method: "diff", params: job },
    { emit: () => undefined },
    signal,
  )) as readonly FileChange[];
}

/** The same in the process that can read all of the images' files. */
export async function diffStored(
  { root, before, after }: DiffJob,
  place: { readonly userNamespace?: boolean } = {},
): Promise<readonly FileChange[]> {
  const store = await openStore(root, place);
  const first = (await openImage(store, before)).files;
  const sides =
    after === undefined
      ? lastStep(first, before)
      : { before: first.layers, after: (await openImage(store, after)).files.layers };
  const trees = await treesOf(sides);
  return (await decided(diffTrees(trees.before, trees.after), sides)).map(changeOf);
}

interface Sides {
  readonly before: readonly StoredLayer[];
  readonly after: readonly StoredLayer[];
}

function lastStep({ layers }: Snapshot, name: string): Sides {
  if (layers.length > 0) return { before: layers.slice(0, -1), after: layers };
  throw new TareError("user-conflict", `image ${name} has no layers, so its last step has changed nothing`, {
    hint: "name two images",
  });
}

/** The layers that both begin with are merged once, so that what is in them alone need not be compared. */
async function treesOf({ before, after }: Sides): Promise<{ readonly before: Tree; readonly after: Tree }> {
  let common = 0;
  while (common < before.length && before[common]?.id === after[common]?.id) common++;
  const below = buildTree(await Promise.all(before.slice(0, common).map((layer) => layer.index())));
  const onTop = async (layers: readonly StoredLayer[]) => {
    let tree = below;
    for (const [at, layer] of layers.entries())
      if (at >= common) tree = applyLayer(tree, await layer.index(), at);
    return tree;
  };
  return { before: await onTop(before), after: await onTop(after) };
}

/** Reads what can not be told apart otherwise; what turns out to be the same is left out. */
async function decided(changes: readonly TreeChange[], sides: Sides): Promise<readonly TreeChange[]> {
  const open = changes.filter(
    ({ before, after, differs }) => before && after && !differs.includes("content"),
  );
  const files = open.filter(({ before }) => before?.entry.kind === "file");
  const [old, now] = await Promise.all([
    digestsOf(
      files.map(({ before }) => before as TreeNode),
      sides.before,
    ),
    digestsOf(
      files.map(({ after }) => after as TreeNode),
      sides.after,
    ),
  ]);
  return changes.flatMap((change) => {
    const { path, before, after, differs } = change;
    if (!before || !after) return [change];
    const isOther = old.get(path) !== now.get(path);
    if (isOther) return [{ ...change, differs: ["content" as const, ...differs] }];
    return differs.length > 0 ? [change] : [];
  });
}

async function digestsOf(
  nodes: readonly TreeNode[],
  layers: readonly StoredLayer[],
): Promise<ReadonlyMap<string, Digest>> {
  const found = new Map<string, Digest>();
  for (const [at, layer] of layers.entries()) {
    const own = nodes.filter((node) => node.layer === at).map(({ entry }) => entry);
    if (own.length === 0) continue;
    const digests = await layer.contentDigests(own);
    for (const { path } of own) found.set(path, digests.get(path) as Digest);
  }
  return found;
}

function changeOf({ path, before, after, differs }: TreeChange): FileChange {
  return {
    path: `/${path}`,
    kind: kindOf(before, after),
    differs,
    ...(before && { before: factsOf(before.entry) }),
    ...(after && { after: factsOf(after.entry) }),
    bytes: bytesOf(before, after),
  };
}

function kindOf(before: TreeNode | undefined, after: TreeNode | undefined): FileChange["kind"] {
  if (before && after) return "changed";
  return after ? "added" : "deleted";
}

/** What is in a directory has changes of its own, unless the directory is gone. */
function bytesOf(before: TreeNode | undefined, after: TreeNode | undefined): number {
  const added = after?.entry.size ?? 0;
  if (!before || (before.children && after?.children)) return added;
  return added - sizeOf(before);
}

/** Bytes of a file, or of all that is in a directory. */
function sizeOf(node: TreeNode): number {
  let bytes = 0;
  for (const { entry } of walkTree(node)) bytes += entry.size;
  return bytes;
}

function factsOf({ kind, mode, uid, gid, size, link }: Entry): FileFacts {
  return { kind, mode, uid, gid, size, ...(link !== undefined && { link }) };
}
