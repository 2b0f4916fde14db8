import { type Digest, type SourceRange, sha256 } from "../base/index.ts";
import type { Graph, Op, Vertex } from "./ops.ts";

/** What a new vertex is shown as. */
export interface VertexFacts {
  readonly name: string;
  readonly origin?: SourceRange;
  readonly ignoreCache?: boolean;
}

/** Collects vertices; a vertex that does the same to the same inputs is the same vertex. */
export interface GraphBuilder {
  add(op: Op, inputs: readonly Digest[], facts: VertexFacts): Digest;
  graph(result: Digest | undefined): Graph;
}

export function createGraphBuilder(): GraphBuilder {
  const vertices = new Map<Digest, Vertex>();
  return {
    add(op, inputs, facts) {
      const digest = sha256(canonicalJson({ op, inputs }));
      if (!vertices.has(digest)) vertices.set(digest, { digest, op, inputs, ...facts });
      return digest;
    },
    graph(result) {
      const needed = result === undefined ? new Set<Digest>() : reachable(vertices, result);
      const kept = [...vertices.values()].filter((vertex) => needed.has(vertex.digest));
      return { vertices: kept, results: result === undefined ? [] : [result] };
    },
  };
}

/** Several graphs as one, in which vertices that they share are there once: as the first of them has it. */
export function mergeGraphs(graphs: readonly Graph[]): Graph {
  const vertices = new Map<Digest, Vertex>();
  for (const vertex of graphs.flatMap((graph) => graph.vertices))
    if (!vertices.has(vertex.digest)) vertices.set(vertex.digest, vertex);
  return {
    vertices: [...vertices.values()],
    results: [...new Set(graphs.flatMap(({ results }) => results))],
  };
}

/** JSON with sorted keys and no undefined: the same value gives the same text on every machine. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isPlainObject(inner) ? sorted(inner) : inner));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function reachable(vertices: ReadonlyMap<Digest, Vertex>, result: Digest): ReadonlySet<Digest> {
  const seen = new Set<Digest>();
  const open = [result];
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    if (seen.has(digest)) continue;
    seen.add(digest);
    open.push(...(vertices.get(digest)?.inputs ?? []));
  }
  return seen;
}
