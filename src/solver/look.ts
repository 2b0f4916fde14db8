import { assertNever, type Digest, isSystemError } from "../base/index.ts";
import type { Graph, Vertex } from "../graph/index.ts";
import type { FileOperation, Made } from "./operation.ts";
import { type CacheKey, findAlias, findResult } from "./record.ts";
import type { SolveRequest } from "./session.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a look at the store has found: the vertices with a known result, and those that have to run. */
export interface Look {
  readonly hits: ReadonlyMap<Digest, Made>;
  readonly needed: readonly Vertex[];
}

/**
 * Goes through the graph from its leaves, computes every key that can be known without running anything,
 * and asks the store for results. A vertex is needed when it has no result and something above needs it.
 */
export async function look(request: SolveRequest, signal: AbortSignal): Promise<Look> {
  const { graph, store } = request;
  const keys = new Map<Digest, CacheKey>();
  const hits = new Map<Digest, Made>();
  for (const vertex of graph.vertices) {
    const operation = request.operationOf(vertex);
    if (operation.kind === "open") {
      const [key, snapshot] = await Promise.all([operation.key(), operation.open()]);
      keys.set(vertex.digest, key);
      hits.set(vertex.digest, { key, snapshot });
      continue;
    }
    const key = await peek(request, vertex, { keys, hits, signal });
    if (!key) continue;
    keys.set(vertex.digest, key);
    const snapshot = vertex.ignoreCache ? undefined : await findResult(store, key.digest);
    if (snapshot) hits.set(vertex.digest, { key, snapshot });
  }
  return { hits, needed: neededVertices(graph, hits) };
}

interface Known {
  readonly keys: ReadonlyMap<Digest, CacheKey>;
  readonly hits: ReadonlyMap<Digest, Made>;
  readonly signal: AbortSignal;
}

async function peek(request: SolveRequest, vertex: Vertex, known: Known): Promise<CacheKey | undefined> {
  const operation = request.operationOf(vertex);
  const inputs = vertex.inputs.map((digest) => known.keys.get(digest));
  if (!allKnown(inputs)) return undefined;
  switch (operation.kind) {
    case "open":
      return operation.key();
    case "compose":
      return operation.remembered ? findAlias(request.store, operation.name) : undefined;
    case "process":
      return operation.key(inputs);
    case "file":
      return peekFile(request, { vertex, operation, inputs }, known);
    default:
      return assertNever(operation);
  }
}

/** The alias of an earlier build, unless a source is a folder, which may have changed, or will be made anew. */
async function peekFile(
  request: SolveRequest,
  {
    vertex,
    operation,
    inputs,
  }: { readonly vertex: Vertex; readonly operation: FileOperation; readonly inputs: readonly CacheKey[] },
  { hits, signal }: Known,
): Promise<CacheKey | undefined> {
  const sources = operation.sources.map((at) => vertex.inputs[at] as Digest);
  const byDefinition = operation.keyByDefinition(inputs);
  const stable = sources.every((digest) => isStable(request, digest));
  const alias = stable ? await findAlias(request.store, byDefinition) : undefined;
  if (alias || !sources.every((digest) => hits.has(digest))) return alias;
  const snapshots = vertex.inputs.map((digest) => hits.get(digest)?.snapshot);
  try {
    return await operation.keyByContent(inputs, snapshots as Snapshot[], signal);
  } catch (error) {
    // Files of other users in a layer can only be read inside the engine: there it is found out.
    if (isSystemError(error, "EACCES", "EPERM")) return undefined;
    throw error;
  }
}

function isStable(request: SolveRequest, digest: Digest): boolean {
  const vertex = request.graph.vertices.find((candidate) => candidate.digest === digest) as Vertex;
  const operation = request.operationOf(vertex);
  return !(operation.kind === "open" && operation.volatile) && !vertex.ignoreCache;
}

function allKnown(keys: readonly (CacheKey | undefined)[]): keys is readonly CacheKey[] {
  return keys.every((key) => key !== undefined);
}

/** Walks back from the result; a hit needs nothing below it. Inputs come before their users. */
function neededVertices(graph: Graph, hits: ReadonlyMap<Digest, Made>): readonly Vertex[] {
  const inputsOf = new Map(graph.vertices.map((vertex) => [vertex.digest, vertex.inputs]));
  const needed = new Set<Digest>();
  const open = graph.result === undefined ? [] : [graph.result];
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    if (needed.has(digest) || hits.has(digest)) continue;
    needed.add(digest);
    open.push(...(inputsOf.get(digest) ?? []));
  }
  return graph.vertices.filter((vertex) => needed.has(vertex.digest));
}
