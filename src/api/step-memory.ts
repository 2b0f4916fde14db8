import type { CopyAction, Graph, Vertex } from "../graph/index.ts";
import {
  type CacheKey,
  cacheKey,
  explainMiss,
  type Listing,
  listFiles,
  type OperationOf,
  type RememberedStep,
} from "../solver/index.ts";
import type { Store } from "../store/index.ts";
import type { BuildJob } from "./job.ts";

/** The steps of the last build of a Dockerfile, with what their results depended on; for telling why one runs again. */
export interface StepMemory {
  readonly earlier: readonly RememberedStep[];
  /** Replaces them by those of this build, as far as their keys are known. */
  save(keys: ReadonlyMap<Vertex, CacheKey>): Promise<void>;
  /** Why each of these steps has to run, in their order. */
  explain(
    needed: readonly Vertex[],
    keys: ReadonlyMap<Vertex, CacheKey>,
  ): Promise<readonly { readonly vertex: Vertex; readonly reason: string }[]>;
}

/** Opens the memory of the job's Dockerfile in its context. */
export async function openStepMemory(
  job: BuildJob,
  graph: Graph,
  { store, operationOf }: { readonly store: Store; readonly operationOf: OperationOf },
): Promise<StepMemory> {
  const place = cacheKey({
    type: "steps",
    dockerfile: job.dockerfile.file,
    target: job.target ?? "",
    contexts: job.contexts.map(({ name, source }) => ("directory" in source ? source.directory : name)),
  }).digest;
  const record = (await store.keys.get(place)) as { readonly steps?: readonly RememberedStep[] } | undefined;
  const earlier = Array.isArray(record?.steps) ? record.steps : [];
  const listings = new Map<Vertex, Promise<Listing | undefined>>();
  const listing = (vertex: Vertex) => {
    const known = listings.get(vertex) ?? contextListing(vertex, graph, operationOf);
    listings.set(vertex, known);
    return known;
  };
  return {
    earlier,
    async explain(needed, keys) {
      const names = new Map(graph.vertices.map((vertex) => [vertex.digest, vertex.name]));
      const waiting = new Set(needed.map(({ digest }) => digest));
      return Promise.all(
        needed.map(async (vertex) => {
          const key = keys.get(vertex);
          const files = key && (await listing(vertex));
          const first = vertex.inputs.find((digest) => waiting.has(digest));
          const step = {
            name: vertex.name,
            ignoreCache: vertex.ignoreCache ?? false,
            ...(key && { key }),
            ...(files && { files }),
            ...(first !== undefined && { waitsFor: names.get(first) as string }),
          };
          return { vertex, reason: explainMiss(step, earlier) };
        }),
      );
    },
    async save(keys) {
      if (isSame(earlier, keys)) return;
      const steps = await Promise.all(
        [...keys].map(async ([vertex, key]) => {
          // A step that failed has a key and no result: the next build has nothing to compare itself with.
          if ((await store.keys.get(key.digest)) === undefined) return undefined;
          const files = await listing(vertex);
          return { name: vertex.name, key, ...(files && { files }) };
        }),
      );
      await store.keys.put(place, { steps: steps.filter((step) => step !== undefined) });
    },
  };
}

function isSame(earlier: readonly RememberedStep[], keys: ReadonlyMap<Vertex, CacheKey>): boolean {
  const known = new Map(earlier.map(({ name, key }) => [name, key.digest]));
  return known.size === keys.size && [...keys].every(([{ name }, { digest }]) => known.get(name) === digest);
}

/** What a step copies from folders of the user's. */
async function contextListing(
  vertex: Vertex,
  graph: Graph,
  operationOf: OperationOf,
): Promise<Listing | undefined> {
  if (vertex.op.type !== "file") return undefined;
  const copies = vertex.op.actions.filter((action): action is CopyAction => action.action === "copy");
  let all: Listing = {};
  for (const [input, digest] of vertex.inputs.entries()) {
    const own = copies.filter((action) => action.input === input);
    const source = graph.vertices.find((candidate) => candidate.digest === digest);
    if (own.length === 0 || source?.op.type !== "source" || !source.op.identifier.startsWith("local://"))
      continue;
    const operation = operationOf(source);
    const files =
      operation.kind === "open"
        ? await listFiles(own, await operation.open()).catch(() => undefined)
        : undefined;
    if (!files) return undefined;
    all = { ...all, ...files };
  }
  return all;
}
