import { type Digest, TareError, throwIfCancelled } from "../base/index.ts";
import type { Vertex } from "../graph/index.ts";
import type { StoredLayer } from "../store/index.ts";
import { adoptResults } from "./imported.ts";
import { type Look, look } from "./look.ts";
import { createSession, type Session, type SolveRequest } from "./session.ts";
import type { Snapshot } from "./snapshot.ts";

/** A graph that was looked at: what has to run is known, nothing has run yet. */
export interface Prepared {
  readonly needed: readonly Vertex[];
  /** Results that are known and that a needed vertex, or the caller, is going to read. */
  readonly known: readonly Snapshot[];
  /** Reads the indexes of `known`; `integrity-store` when one is damaged, and then the next look misses it. */
  check(): Promise<void>;
  /** Layers that are elsewhere, and that a step that runs needs as a whole; with `result`, so does who takes the result. */
  late(options: { readonly result: boolean }): readonly StoredLayer[];
  /** By vertex: where results come from that are not the store's own, for people. */
  readonly sources: ReadonlyMap<Digest, string>;
  /** Fetches these and makes them the store's own; false when one could not be had, and the caller has to look again. */
  adopt(): Promise<boolean>;
  /** Runs what is needed, everything at once that does not wait for something else; the graph's results. */
  run(): Promise<ReadonlyMap<Digest, Snapshot>>;
}

/**
 * Solves a graph in two passes. The first runs nothing: a hit needs nothing below it. Then `run` makes
 * the rest. The first failure cancels what is under way, and is thrown when all of it has stopped.
 */
export async function prepare(request: SolveRequest, signal: AbortSignal): Promise<Prepared> {
  const found = await look(request, signal);
  const known = [...found.hits.values()].map(({ snapshot }) => snapshot);
  return {
    needed: found.needed,
    known,
    check: () => checkLayers(known),
    late: ({ result }) => lateLayers(request.graph, { found, result }),
    sources: new Map(
      [...found.imported].map(([digest, { snapshot }]) => [
        digest,
        request.imported?.titleOf(snapshot) ?? "",
      ]),
    ),
    adopt: () => adoptResults(request, { made: [...found.imported.values()], shortcuts: found.shortcuts }),
    async run() {
      const session = createSession(request, signal);
      report(session, found);
      return runNeeded(session, found, { results: request.graph.results, signal });
    },
  };
}

/** What is below the steps that see a whole file system; a copy fetches what it reads by itself. */
function lateLayers(
  { vertices, results }: SolveRequest["graph"],
  { found, result: isTaken }: { readonly found: Look; readonly result: boolean },
): readonly StoredLayer[] {
  const byDigest = new Map(vertices.map((vertex) => [vertex.digest, vertex]));
  const wholly = found.needed.flatMap(({ op, inputs }) => (op.type === "exec" ? inputs : []));
  const open = [...wholly, ...(isTaken ? results : [])];
  const seen = new Set<Digest>();
  const late = new Map<string, StoredLayer>();
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    if (seen.has(digest)) continue;
    seen.add(digest);
    // Those of a cache elsewhere are adopted, or left there.
    const layers = found.imported.has(digest) ? [] : (found.hits.get(digest)?.snapshot.layers ?? []);
    for (const layer of layers) if (layer.elsewhere) late.set(layer.id, layer);
    const vertex = found.hits.has(digest) ? undefined : byDigest.get(digest);
    if (vertex) open.push(...below(vertex));
  }
  return [...late.values()];
}

/** The inputs that a result stands on. */
function below({ op, inputs }: Vertex): readonly Digest[] {
  if (op.type === "file") return op.base < 0 ? [] : inputs.slice(op.base, op.base + 1);
  return op.type === "exec" ? inputs.slice(0, 1) : inputs;
}

/** All of them, so that one more look is enough however many are damaged. */
async function checkLayers(known: readonly Snapshot[]): Promise<void> {
  const all = new Set(known.flatMap((snapshot) => snapshot.layers));
  // Who reads what is not here yet has it checked then.
  const layers = [...all].filter(({ elsewhere }) => elsewhere === undefined);
  const settled = await Promise.allSettled(layers.map((layer) => layer.index()));
  for (const outcome of settled) if (outcome.status === "rejected") throw outcome.reason;
}

/** What will not run is cached, as far as anybody can see. */
function report(session: Session, { hits, imported, needed }: Look): void {
  for (const [digest, made] of hits) session.know(digest, made);
  const running = new Set(needed);
  for (const vertex of session.request.graph.vertices) {
    const made = imported.get(vertex.digest);
    if (made) session.reportImported(vertex, made.snapshot);
    if (!running.has(vertex)) session.report(vertex, "cached");
  }
}

async function runNeeded(
  session: Session,
  { needed }: Look,
  { results, signal }: { readonly results: readonly Digest[]; readonly signal: AbortSignal },
): Promise<ReadonlyMap<Digest, Snapshot>> {
  const settled = await Promise.allSettled(needed.map((vertex) => session.resultOf(vertex.digest)));
  throwIfCancelled(signal);
  const errors = settled
    .filter((outcome) => outcome.status === "rejected")
    .map((outcome) => outcome.reason as unknown);
  if (errors.length > 0) throw errors.find((error) => !isCancellation(error)) ?? errors[0];
  const made = results.map(async (digest) => [digest, await session.resultOf(digest)] as const);
  return new Map(await Promise.all(made));
}

function isCancellation(error: unknown): boolean {
  return error instanceof TareError && error.code === "user-cancelled";
}
