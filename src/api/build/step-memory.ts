import { type Digest, defined } from "../../base/index.ts";
import type { CopyAction, Graph, Vertex } from "../../graph/index.ts";
import {
  type CacheKey,
  cacheKey,
  explainMiss,
  type Listing,
  listFiles,
  type Operation,
  type OperationOf,
  type RememberedStep,
  remember,
} from "../../solver/index.ts";
import type { Store } from "../../store/index.ts";
import type { BuildJob } from "./job.ts";

/** The steps of the last build of a Dockerfile, with what their results depended on; for telling why one runs again. */
export interface StepMemory {
  /** Replaces them by those of this build: steps that have a result, with their keys and the times of those that ran. */
  save(keys: ReadonlyMap<Vertex, CacheKey>, took: ReadonlyMap<string, number>): Promise<void>;
  /** How long the step with this key took when it last ran, milliseconds; undefined when that is not known. */
  tookOf(key: Digest): number | undefined;
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
    // A Dockerfile from standard input has no folder that tells it from others.
    ...(job.contexts.length === 0 && { named: job.namedContexts }),
  }).digest;
  const record = (await store.keys.get(place)) as Partial<StepsRecord> | undefined;
  const earlier = Array.isArray(record?.steps) ? record.steps : [];
  const times = new Map(earlier.map(({ key, took }) => [key.digest, took]));
  const tookOf = (key: Digest) => {
    const took = times.get(key);
    return typeof took === "number" ? took : undefined;
  };
  const listings = new Map<Vertex, Promise<Listing | undefined>>();
  const listing = (vertex: Vertex) =>
    remember(listings, vertex, () => contextListing(vertex, graph, operationOf));
  return {
    async explain(needed, keys) {
      const names = new Map(graph.vertices.map((vertex) => [vertex.digest, vertex.name]));
      const waiting = new Set(needed.map(({ digest }) => digest));
      const before = await withListings(store, earlier, needed);
      return Promise.all(
        needed.map(async (vertex) => {
          const key = keys.get(vertex);
          const files = key && (await listing(vertex));
          const first = vertex.inputs.find((digest) => waiting.has(digest));
          const step = {
            name: vertex.name,
            ignoreCache: vertex.ignoreCache ?? false,
            ...composedOf(operationOf(vertex)),
            ...(key && { key }),
            ...(files && { files }),
            ...(first !== undefined && { waitsFor: names.get(first) as string }),
          };
          return { vertex, reason: explainMiss(step, before) };
        }),
      );
    },
    tookOf,
    async save(keys, took) {
      if (isSame(earlier, keys) && [...keys].every(([{ digest }]) => !took.has(digest))) return;
      const known = new Set(earlier.map(({ key }) => key.digest));
      for (const [vertex, { digest }] of keys)
        if (isCopy(vertex) && !known.has(digest)) await saveListing(store, digest, await listing(vertex));
      await store.keys.put(place, {
        steps: [...keys].map(([{ name, digest }, key]) => ({
          name,
          key,
          ...defined({ took: took.get(digest) ?? tookOf(key.digest) }),
        })),
        parts: [...keys].filter(([vertex]) => isCopy(vertex)).map(([, key]) => listingName(key.digest)),
      } satisfies StepsRecord);
    },
  };
}

function composedOf(operation: Operation): { readonly composed?: "remembered" | "anew" } {
  if (operation.kind !== "compose") return {};
  return { composed: operation.remembered ? "remembered" : "anew" };
}

/** Small: a build whose steps are all cached reads it and nothing else of this memory. */
interface StepsRecord {
  readonly steps: readonly (Pick<RememberedStep, "name" | "key"> & {
    /** Milliseconds, when it last ran. */
    readonly took?: number;
  })[];
  /** The records of the steps' listings, which stay as long as they are named here. */
  readonly parts: readonly Digest[];
}

/** What the copy with a certain key took, file by file; on its own because it may be large. */
interface ListingRecord {
  readonly part: true;
  readonly files: Listing;
}

function listingName(key: Digest): Digest {
  return cacheKey({ type: "listing", key }).digest;
}

/** The same key takes the same files, so what is there stays. */
async function saveListing(store: Store, key: Digest, files: Listing | undefined): Promise<void> {
  if (!files || Object.keys(files).length === 0) return;
  if ((await findListing(store, key)) !== undefined) return;
  await store.keys.put(listingName(key), { part: true, files } satisfies ListingRecord);
}

async function findListing(store: Store, key: Digest): Promise<Listing | undefined> {
  const { files } = ((await store.keys.get(listingName(key))) ?? {}) as Partial<ListingRecord>;
  return typeof files === "object" && files !== null ? files : undefined;
}

/** The earlier steps, with their listings where a copy of the same name is needed. */
function withListings(
  store: Store,
  earlier: readonly RememberedStep[],
  needed: readonly Vertex[],
): Promise<readonly RememberedStep[]> {
  const copies = new Set(needed.filter(isCopy).map(({ name }) => name));
  return Promise.all(
    earlier.map(async (step) => {
      const files = copies.has(step.name) ? await findListing(store, step.key.digest) : undefined;
      return files ? { ...step, files } : step;
    }),
  );
}

function isCopy({ op }: Vertex): boolean {
  return op.type === "file" && op.actions.some(({ action }) => action === "copy");
}

function isSame(
  earlier: readonly Pick<RememberedStep, "name" | "key">[],
  keys: ReadonlyMap<Vertex, CacheKey>,
): boolean {
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
