import { assertNever, type Digest, isSystemError, TareError, withFacts } from "../base/index.ts";
import type { Vertex } from "../graph/index.ts";
import { type Anew, anew } from "./anew.ts";
import type { ContentOperation, Made } from "./operation.ts";
import { type CacheKey, findAlias, findResult } from "./record.ts";
import { remember } from "./remember.ts";
import type { SolveRequest } from "./session.ts";

/** What a look at the store has found: the results that are known and used, and what has to run for the rest. */
export interface Look {
  readonly hits: ReadonlyMap<Digest, Made>;
  readonly needed: readonly Vertex[];
}

/**
 * Walks back from the result and asks the store for it; a hit needs nothing below it, so an unchanged build
 * opens one result however long it is. Keys are computed as far as that goes without running anything. A
 * vertex is needed when it has no result and something above needs it. Inputs come before their users.
 */
export async function look(request: SolveRequest, signal: AbortSignal): Promise<Look> {
  const { graph } = request;
  const store = createLookup(request, signal);
  const hits = new Map<Digest, Made>();
  const needed = new Set<Digest>();
  const open = graph.result === undefined ? [] : [graph.result];
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    if (needed.has(digest) || hits.has(digest)) continue;
    const hit = await store.hitOf(digest);
    if (hit) hits.set(digest, hit);
    else {
      needed.add(digest);
      open.push(...store.vertexOf(digest).inputs);
    }
  }
  return { hits, needed: graph.vertices.filter((vertex) => needed.has(vertex.digest)) };
}

/** Keys and results by vertex, each looked up once; undefined where running something would tell. */
interface Lookup extends Pick<Anew, "isOpen"> {
  vertexOf(digest: Digest): Vertex;
  keyOf(digest: Digest): Promise<CacheKey | undefined>;
  hitOf(digest: Digest): Promise<Made | undefined>;
}

function createLookup(request: SolveRequest, signal: AbortSignal): Lookup {
  const vertices = new Map(request.graph.vertices.map((vertex) => [vertex.digest, vertex]));
  const keys = new Map<Digest, Promise<CacheKey | undefined>>();
  const hits = new Map<Digest, Promise<Made | undefined>>();
  const { isOpen } = anew(request.graph, request.operationOf);
  const lookup: Lookup = {
    isOpen,
    vertexOf: (digest) => vertices.get(digest) as Vertex,
    keyOf: (digest) =>
      remember(keys, digest, async () => {
        const vertex = lookup.vertexOf(digest);
        const key = await located(request, vertex, () => findKey(request, vertex, { lookup, signal }));
        if (key) request.onKey?.(vertex, key);
        return key;
      }),
    hitOf: (digest) => remember(hits, digest, () => findHit(request, lookup.vertexOf(digest), lookup)),
  };
  return lookup;
}

/** What goes wrong while a step is looked up is told with the place of the step. */
async function located<T>(request: SolveRequest, vertex: Vertex, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    const location = request.locate(vertex);
    throw location && error instanceof TareError ? withFacts(error, { location }) : error;
  }
}

async function findHit(request: SolveRequest, vertex: Vertex, lookup: Lookup): Promise<Made | undefined> {
  const operation = request.operationOf(vertex);
  if (operation.kind === "open") return { key: await operation.key(), snapshot: await operation.open() };
  const key = lookup.isOpen(vertex) ? undefined : await lookup.keyOf(vertex.digest);
  const snapshot = key && (await findResult(request.store, key.digest));
  return snapshot && { key, snapshot };
}

interface Looking {
  readonly lookup: Lookup;
  readonly signal: AbortSignal;
}

async function findKey(
  request: SolveRequest,
  vertex: Vertex,
  looking: Looking,
): Promise<CacheKey | undefined> {
  const operation = request.operationOf(vertex);
  if (operation.kind === "open") return operation.key();
  if (operation.kind === "compose")
    return operation.remembered ? findAlias(request.store, operation.name) : undefined;
  const inputs = await Promise.all(vertex.inputs.map(looking.lookup.keyOf));
  if (!allKnown(inputs)) return undefined;
  switch (operation.kind) {
    case "process":
      return operation.key(inputs);
    case "content":
      return findContentKey(request, { vertex, operation, inputs }, looking);
    default:
      return assertNever(operation);
  }
}

/** The alias of an earlier build, unless a source is a folder, which may have changed, or will be made anew. */
async function findContentKey(
  request: SolveRequest,
  {
    vertex,
    operation,
    inputs,
  }: { readonly vertex: Vertex; readonly operation: ContentOperation; readonly inputs: readonly CacheKey[] },
  { lookup, signal }: Looking,
): Promise<CacheKey | undefined> {
  const sources = operation.sources.map((at) => vertex.inputs[at] as Digest);
  const stable = sources.every((digest) => isStable(request, lookup.vertexOf(digest)));
  const alias = stable ? await findAlias(request.store, operation.keyByDefinition(inputs)) : undefined;
  if (alias) return alias;
  const snapshots = await Promise.all(
    vertex.inputs.map(async (digest) =>
      sources.includes(digest) ? (await lookup.hitOf(digest))?.snapshot : undefined,
    ),
  );
  if (operation.sources.some((at) => !snapshots[at])) return undefined;
  try {
    return await operation.keyByContent(inputs, snapshots, signal);
  } catch (error) {
    // Files of other users in a layer can only be read inside the engine: there it is found out.
    if (isSystemError(error, "EACCES", "EPERM")) return undefined;
    throw error;
  }
}

function isStable(request: SolveRequest, vertex: Vertex): boolean {
  const operation = request.operationOf(vertex);
  return !(operation.kind === "open" && operation.volatile);
}

function allKnown(keys: readonly (CacheKey | undefined)[]): keys is readonly CacheKey[] {
  return keys.every((key) => key !== undefined);
}
