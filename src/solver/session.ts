import { setMaxListeners } from "node:events";
import { assertNever, type Digest, hexOf, type SourceLocation, throwIfCancelled } from "../base/index.ts";
import type { Graph, Vertex } from "../graph/index.ts";
import type { Store } from "../store/index.ts";
import { anew } from "./anew.ts";
import type { BuildEvent, StepOutcome } from "./events.ts";
import { adoptResults, findAnyAlias, findAnyResult, type ImportedCache } from "./imported.ts";
import { located } from "./located.ts";
import type { ComposeOperation, ContentOperation, Made, OperationOf } from "./operation.ts";
import { type CacheKey, saveAlias, saveResult } from "./record.ts";
import { remember } from "./remember.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a solve needs from outside. */
export interface SolveRequest {
  readonly graph: Graph;
  readonly store: Store;
  readonly operationOf: OperationOf;
  /** The Dockerfile lines of a vertex, for errors. */
  readonly locate: (vertex: Vertex) => SourceLocation | undefined;
  readonly emit: (event: BuildEvent) => void;
  /** Milliseconds since 1970, for the times of events. */
  readonly now: () => number;
  /** Told of every key as soon as it is known; of some more than once. */
  readonly onKey?: (vertex: Vertex, key: CacheKey) => void;
  /** What builds elsewhere have made. */
  readonly imported?: ImportedCache;
}

/** One solve while it goes on: every vertex is keyed once and run at most once. */
export interface Session {
  readonly request: SolveRequest;
  /** Tells the session what an earlier look has found out. */
  know(digest: Digest, made: Made): void;
  resultOf(digest: Digest): Promise<Snapshot>;
  report(vertex: Vertex, outcome: StepOutcome, message?: string): void;
  /** Tells where a result comes from, if that is elsewhere. */
  reportImported(vertex: Vertex, snapshot: Snapshot): void;
}

export function createSession(request: SolveRequest, outer: AbortSignal): Session {
  const { graph, store, emit, now } = request;
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  // Every step may listen to it, and every download of a step.
  setMaxListeners(0, signal);
  const vertices = new Map(graph.vertices.map((vertex) => [vertex.digest, vertex]));
  const keys = new Map<Digest, Promise<CacheKey>>();
  const made = new Map<Digest, Promise<Made>>();
  const reported = new WeakSet<object>();
  const { isOutdated } = anew(graph, request.operationOf);

  const keyOf = (digest: Digest) =>
    remember(keys, digest, async () => {
      const vertex = vertices.get(digest) as Vertex;
      const key = await keyed(vertex);
      request.onKey?.(vertex, key);
      return key;
    });
  const makeOnce = (digest: Digest) => remember(made, digest, () => guarded(vertices.get(digest) as Vertex));
  const resultOf = async (digest: Digest) => (await makeOnce(digest)).snapshot;

  async function keyed(vertex: Vertex): Promise<CacheKey> {
    const operation = request.operationOf(vertex);
    switch (operation.kind) {
      case "open":
        return operation.key();
      case "compose":
        return (await rememberedName(operation)) ?? (await makeOnce(vertex.digest)).key;
      case "process":
        return operation.key(await Promise.all(vertex.inputs.map(keyOf)));
      case "content":
        return keyByContent(vertex, operation);
      default:
        return assertNever(operation);
    }
  }

  async function rememberedName(operation: ComposeOperation): Promise<CacheKey | undefined> {
    return operation.remembered ? findAnyAlias(request, operation.name) : undefined;
  }

  async function keyByContent(vertex: Vertex, operation: ContentOperation): Promise<CacheKey> {
    const [inputs, snapshots] = await Promise.all([
      Promise.all(vertex.inputs.map(keyOf)),
      Promise.all(
        vertex.inputs.map((digest, at) => (operation.sources.includes(at) ? resultOf(digest) : undefined)),
      ),
    ]);
    const byDefinition = operation.keyByDefinition(inputs);
    const key = await operation.keyByContent(inputs, snapshots, signal);
    await saveAlias(store, byDefinition, key);
    return key;
  }

  async function guarded(vertex: Vertex): Promise<Made> {
    try {
      return await make(vertex);
    } catch (error) {
      throw failed(vertex, error);
    }
  }

  async function make(vertex: Vertex): Promise<Made> {
    const operation = request.operationOf(vertex);
    if (operation.kind === "open") return { snapshot: await operation.open(), key: await operation.key() };
    if (operation.kind === "compose") return compose(vertex, operation);
    const [key, ...inputs] = await Promise.all([keyOf(vertex.digest), ...vertex.inputs.map(resultOf)]);
    throwIfCancelled(signal);
    const run = () => started(vertex, async () => ({ key, snapshot: await operation.run(inputs, signal) }));
    if (isOutdated(vertex)) return run();
    // Files are copied sooner than waited for.
    const turn = vertex.op.type === "exec" ? key : undefined;
    return findOrMake(vertex, { find: () => usableResult(vertex, key), run, turn });
  }

  async function compose(vertex: Vertex, operation: ComposeOperation): Promise<Made> {
    const run = async () => {
      const result = await started(vertex, () => operation.run(signal));
      await saveAlias(store, operation.name, result.key);
      request.onKey?.(vertex, result.key);
      return result;
    };
    const find = async () => {
      const key = await rememberedName(operation);
      return key && usableResult(vertex, key);
    };
    return findOrMake(vertex, { find, run, turn: operation.remembered ? operation.name : undefined });
  }

  /** What is known, or made now: with `turn` by one build of this store at a time, so that the next one finds it. */
  async function findOrMake(
    vertex: Vertex,
    {
      find,
      run,
      turn,
    }: {
      readonly find: () => Promise<Made | undefined>;
      readonly run: () => Promise<Made>;
      readonly turn: CacheKey | undefined;
    },
  ): Promise<Made> {
    const known = await find();
    if (known) return cached(vertex, known);
    if (!turn) return run();
    const data = "another build makes the same now: waiting for its result\n";
    const waits = () => emit({ type: "step-log", step: vertex.digest, stream: "stderr", data, at: now() });
    using _turn = await store.exclusive(`step-${hexOf(turn.digest)}`, signal, waits);
    const made = await find();
    return made ? cached(vertex, made) : await run();
  }

  /** A known result; one from elsewhere once all of its layers are here. */
  async function usableResult(vertex: Vertex, key: CacheKey): Promise<Made | undefined> {
    const snapshot = await findAnyResult(request, key);
    if (!snapshot) return undefined;
    const made = { key, snapshot };
    if (!request.imported?.has(snapshot)) return made;
    if (!(await adoptResults(request, { made: [made], shortcuts: [] }))) return undefined;
    reportImported(vertex, snapshot);
    return made;
  }

  async function started(vertex: Vertex, run: () => Promise<Made>): Promise<Made> {
    emit({ type: "step-started", step: vertex.digest, at: now() });
    const result = await run();
    await saveResult(store, result.key, result.snapshot);
    report(vertex, "done");
    return result;
  }

  function cached(vertex: Vertex, result: Made): Made {
    report(vertex, "cached");
    return result;
  }

  /** A failure of this very step; one that comes from an input passes through as it is. */
  function failed(vertex: Vertex, error: unknown): unknown {
    if (typeof error === "object" && error !== null && reported.has(error)) return error;
    const placed = located(request, vertex, error);
    if (typeof placed === "object" && placed !== null) reported.add(placed);
    report(
      vertex,
      signal.aborted ? "cancelled" : "failed",
      error instanceof Error ? error.message : String(error),
    );
    stop.abort(error);
    return placed;
  }

  function report(vertex: Vertex, outcome: StepOutcome, message?: string): void {
    emit({
      type: "step-ended",
      step: vertex.digest,
      outcome,
      at: now(),
      ...(message !== undefined && { message }),
    });
  }

  function reportImported(vertex: Vertex, snapshot: Snapshot): void {
    const { imported } = request;
    if (imported?.has(snapshot))
      emit({ type: "step-imported", step: vertex.digest, source: imported.titleOf(snapshot) });
  }

  return {
    request,
    reportImported,
    know(digest, result) {
      keys.set(digest, Promise.resolve(result.key));
      made.set(digest, Promise.resolve(result));
    },
    resultOf,
    report,
  };
}
