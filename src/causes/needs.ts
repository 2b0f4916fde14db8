import type { LayerContent } from "../analysis/index.ts";
import { type NeedGraph, type ProgramFacts, programFacts, proveClosure } from "../closure/index.ts";
import { buildTree, lookup, type Tree, type TreeNode, walkTree } from "../tree/index.ts";
import type { FileNeeds } from "./types.ts";

/** A layer as far as finding needs goes. */
type ReadableLayer = Pick<LayerContent, "index" | "read">;

/**
 * Who needs these files of an image, by path: every program of it is loaded in the mind, as the kernel and the loader
 * would. Files that nobody needs, and such as are neither libraries nor interpreters, are left out.
 */
export function findNeeds(
  layers: readonly ReadableLayer[],
  { paths, environment }: { readonly paths: readonly string[]; readonly environment: readonly string[] },
): Readonly<Record<string, FileNeeds>> {
  const tree = buildTree(layers.map(({ index }) => index));
  const nodes = new Map([...walkTree(tree)].map((node) => [node.entry.path, node]));
  const { needs } = proveClosure(tree, {
    facts: factsOf(layers, nodes),
    environment,
    text: (path) => textAt(tree, { layers, path }),
  });
  const found = paths.flatMap((path) => {
    const entry = needsOf(needs, { path, nodes });
    return entry ? [[path, entry] as const] : [];
  });
  return Object.fromEntries(found);
}

/** Each file is looked at once. */
function factsOf(
  layers: readonly ReadableLayer[],
  nodes: ReadonlyMap<string, TreeNode>,
): (path: string) => ProgramFacts | undefined {
  const known = new Map<string, ProgramFacts | undefined>();
  return (path) => {
    const node = nodes.get(path);
    if (!node || known.has(path)) return known.get(path);
    const { entry } = node;
    const read = (offset: number, length: number) =>
      layers[node.layer]?.read(entry, offset, length) ?? new Uint8Array(0);
    const facts = programFacts({ size: entry.size, read });
    known.set(path, facts);
    return facts;
  };
}

/** Of the loader's settings, which are small. */
const MAX_TEXT = 1 << 20;

function textAt(
  tree: Tree,
  { layers, path }: { readonly layers: readonly ReadableLayer[]; readonly path: string },
): string | undefined {
  const node = lookup(tree, path)?.node;
  if (node?.entry.kind !== "file") return undefined;
  const bytes = layers[node.layer]?.read(node.entry, 0, Math.min(node.entry.size, MAX_TEXT));
  return bytes && Buffer.from(bytes).toString("utf8");
}

function needsOf(
  needs: NeedGraph,
  { path, nodes }: { readonly path: string; readonly nodes: ReadonlyMap<string, TreeNode> },
): FileNeeds | undefined {
  const direct = needs.neededBy(path);
  if (direct.length === 0) return undefined;
  const all = new Set([path]);
  for (const file of all) for (const { by } of needs.neededBy(file)) all.add(by);
  all.delete(path);
  return {
    neededBy: direct.map(({ by, name, how }) => ({ path: by, name, how })),
    programs: [...all].filter((file) => isProgram(nodes.get(file))).sort(),
    chain: needs.chainTo(path),
  };
}

/** Libraries are executable in some distributions, but have a name that says what they are. */
function isProgram(node: TreeNode | undefined): boolean {
  return (
    node !== undefined && (node.entry.mode & 0o111) !== 0 && !/\.so(?:\.[0-9.]+)?$/.test(node.entry.path)
  );
}
