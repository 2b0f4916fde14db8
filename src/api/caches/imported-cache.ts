import { defined, TareError } from "../../base/index.ts";
import type { OpenedCache } from "../../remote-cache/index.ts";
import { cacheKey, emptySnapshot, type ImportedCache, type Snapshot, stack } from "../../solver/index.ts";
import { openStore } from "../../store/index.ts";
import type { BuildJob } from "../build/job.ts";
import type { LookPlace } from "../build/look-job.ts";

/** The caches that a job has imported, while it runs; connections are closed when it is disposed. */
export interface OpenedCaches extends AsyncDisposable {
  /** Absent when there are none. */
  readonly imported?: ImportedCache;
}

interface NamedCache {
  readonly title: string;
  readonly cache: OpenedCache;
}

/** Opens what was imported. Nothing is fetched before somebody reads it. */
export async function openCaches(
  job: BuildJob,
  { workplace, emit }: Omit<LookPlace, "imported">,
  signal: AbortSignal,
): Promise<OpenedCaches> {
  if (!job.imported || job.imported.length === 0) return { [Symbol.asyncDispose]: async () => {} };
  const [{ locationText, openCache, openPlace }, { openRegistries, repositoryOf }] = await Promise.all([
    import("../../remote-cache/index.ts"),
    import("../transfer/registry-access.ts"),
  ]);
  const access = openRegistries(job, signal);
  const store = await openStore(job.root, { userNamespace: workplace.userNamespace });
  const losses = new WeakSet<object>();
  const onLoss = (error: TareError) => {
    losses.add(error);
    emit({ type: "notice", code: "cache-damaged", message: error.message });
  };
  const caches = job.imported.map((document) => {
    const title = locationText(document.location);
    const place = openPlace(document.location, (reference) => access.registry(reference), signal);
    const { location } = document;
    const repository = location.type === "registry" ? repositoryOf(location.reference) : undefined;
    return { title, cache: openCache(document, { store, place, title, onLoss, ...defined({ repository }) }) };
  });
  return {
    imported: inOrder(caches, (error) => error instanceof TareError && losses.has(error)),
    [Symbol.asyncDispose]: () => access[Symbol.asyncDispose](),
  };
}

/** Several caches as one: the first that has something is taken. */
function inOrder(caches: readonly NamedCache[], isLoss: ImportedCache["isLoss"]): ImportedCache {
  const owners = new WeakMap<Snapshot, NamedCache>();
  return {
    isLoss,
    has: (snapshot) => owners.has(snapshot),
    titleOf: (snapshot) => owners.get(snapshot)?.title ?? "",
    stays: async (snapshot) =>
      (await owners.get(snapshot)?.cache.stay(new Set(snapshot.layers.map(({ id }) => id)))) ?? true,
    result(key) {
      for (const owner of caches) {
        const found = owner.cache.result(key);
        if (!found) continue;
        const { layers, created, comments } = found;
        const added = layers.map((layer, at) => ({
          layer,
          created: created[at] ?? 0,
          comment: comments?.[at] ?? "",
        }));
        const snapshot = stack(emptySnapshot(), added);
        owners.set(snapshot, owner);
        return snapshot;
      }
      return undefined;
    },
    alias(from) {
      for (const { cache } of caches) {
        const found = cache.shortcut(from.digest);
        const key = found && cacheKey({ ...from.data, ...found.fields });
        // The key has to be what the shortcut makes of this one: nothing else is believed.
        if (key && key.digest === found.to) return key;
      }
      return undefined;
    },
  };
}
