import { assertNever, type Digest, isSystemError } from "../base/index.ts";
import type { Vertex } from "../graph/index.ts";
import { type Anew, anew } from "./anew.ts";
import { findAnyAlias, findAnyResult, type Shortcut } from "./imported.ts";
import { located } from "./located.ts";
import type { ContentOperation, Made } from "./operation.ts";
import type { CacheKey } from "./record.ts";
import { remember } from "./remember.ts";
import type { SolveRequest } from "./session.ts";

/** What a look at the store has found: the results that are known and used, and what has to run for the rest. */
export interface Look {
  readonly hits: ReadonlyMap<Digest, Made>;
  /** Those of the hits that a cache elsewhere has and this store does not. */
  readonly imported: ReadonlyMap<Digest, Made>;
  /** Shortcuts from there that were taken. */
  readonly shortcuts: readonly Shortcut[];
  readonly needed: readonly Vertex[];
}

/**
 * Walks back from the results and asks the store for it; a hit needs nothing below it, so an unchanged build
 * opens one result however long it is. Keys are computed as far as that goes without running anything. A
 * vertex is needed when it has no result and something above needs it. Inputs come before their users.
 */
export async function look(request: SolveRequest, signal: AbortSignal): Promise<Look> {
  const { graph } = request;
  const store = createLookup(request, signal);
  const hits = new Map<Digest, Made>();
  const needed = new Set<Digest>();
  const open = [...graph.results];
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    if (needed.has(digest) || hits.has(digest)) continue;
    const hit = await store.hitOf(digest);
    if (hit) hits.set(digest, hit);
    else {
      needed.add(digest);
      open.push(...store.vertexOf(digest).inputs);
    }
  }
  const imported = new Map([...hits].filter(([, { snapshot }]) => request.imported?.has(snapshot)));
  const { shortcuts } = store;
  return { hits, imported, shortcuts, needed: graph.vertices.filter((vertex) => needed.has(vertex.digest)) };
}

/** Keys and results by vertex, each looked up once; undefined where running something would tell. */
interface Lookup extends Pick<Anew, "isOpen"> {
  vertexOf(digest: Digest): Vertex;
  keyOf(digest: Digest): Promise<CacheKey | undefined>;
  hitOf(digest: Digest): Promise<Made | undefined>;
  /** Taken from elsewhere; grows. */
  readonly shortcuts: Shortcut[];
}

function createLookup(request: SolveRequest, signal: AbortSignal): Lookup {
  const vertices = new Map(request.graph.vertices.map((vertex) => [vertex.digest, vertex]));
  const keys = new Map<Digest, Promise<CacheKey | undefined>>();
  const hits = new Map<Digest, Promise<Made | undefined>>();
  const { isOpen } = anew(request.graph, request.operationOf);
  const lookup: Lookup = {
    isOpen,
    shortcuts: [],
    vertexOf: (digest) => vertices.get(digest) as Vertex,
    keyOf: (digest) =>
      remember(keys, digest, async () => {
        const vertex = lookup.vertexOf(digest);
        const key = await findKey(request, vertex, { lookup, signal }).catch((error: unknown) => {
          throw located(request, vertex, error);
        });
        if (key) request.onKey?.(vertex, key);
        return key;
      }),
    hitOf: (digest) => remember(hits, digest, () => findHit(request, lookup.vertexOf(digest), lookup)),
  };
  return lookup;
}

async function findHit(request: SolveRequest, vertex: Vertex, lookup: Lookup): Promise<Made | undefined> {
  const operation = request.operationOf(vertex);
  if (operation.kind === "open") return { key: await operation.key(), snapshot: await operation.open() };
  const key = lookup.isOpen(vertex) ? undefined : await lookup.keyOf(vertex.digest);
  const snapshot = key && (await findAnyResult(request, key));
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
  const { lookup } = looking;
  switch (operation.kind) {
    case "open":
      return operation.key();
    case "compose":
      return operation.remembered ? aliasOf(request, operation.name, lookup) : undefined;
    case "process": {
      const inputs = await knownInputs(vertex, looking);
      return inputs && operation.key(inputs);
    }
    case "content": {
      const inputs = await knownInputs(vertex, looking);
      return inputs && findContentKey(request, { vertex, operation, inputs }, looking);
    }
    default:
      return assertNever(operation);
  }
}

function aliasOf(
  request: SolveRequest,
  from: CacheKey,
  { shortcuts }: Lookup,
): Promise<CacheKey | undefined> {
  return findAnyAlias(request, from, (shortcut) => shortcuts.push(shortcut));
}

/** The keys of all inputs; undefined while running something would tell one of them. */
async function knownInputs(
  { inputs }: Vertex,
  { lookup }: Looking,
): Promise<readonly CacheKey[] | undefined> {
  const keys = await Promise.all(inputs.map(lookup.keyOf));
  const known = keys.filter((key) => key !== undefined);
  return known.length === keys.length ? known : undefined;
}

/** The key of an earlier build's shortcut, unless a source is volatile; else the key by content, if the sources are known. */
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
  const alias = stable ? await aliasOf(request, operation.keyByDefinition(inputs), lookup) : undefined;
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
    // What could not be fetched is gone when the caller looks again.
    if (request.imported?.isLoss(error)) return undefined;
    throw error;
  }
}

function isStable(request: SolveRequest, vertex: Vertex): boolean {
  const operation = request.operationOf(vertex);
  return !(operation.kind === "open" && operation.volatile);
}
