import type { Vertex } from "../graph/index.ts";
import { findAnyResult, type Shortcut } from "./imported.ts";
import type { CacheKey } from "./record.ts";
import type { SolveRequest } from "./session.ts";
import type { Snapshot } from "./snapshot.ts";

/** What is known of a graph's steps after a build: enough for another machine to find the same results. */
export interface KnownRecords {
  /** Inputs before their users. */
  readonly results: readonly { readonly key: CacheKey; readonly snapshot: Snapshot }[];
  readonly shortcuts: readonly Shortcut[];
}

/** Collects results and shortcuts of the vertices whose keys are known. Nothing is run, no layer is read. */
export async function collectRecords(
  request: SolveRequest,
  keys: ReadonlyMap<Vertex, CacheKey>,
): Promise<KnownRecords> {
  const { vertices } = request.graph;
  const results: { key: CacheKey; snapshot: Snapshot }[] = [];
  const shortcuts: Shortcut[] = [];
  const byDigest = new Map<string, { readonly key: CacheKey; readonly stable: boolean }>();
  for (const vertex of vertices) {
    const operation = request.operationOf(vertex);
    const opened = operation.kind === "open";
    const key = opened ? await operation.key() : keys.get(vertex);
    if (!key) continue;
    byDigest.set(vertex.digest, { key, stable: !(opened && operation.volatile) });
    if (opened) continue;
    const snapshot = await findAnyResult(request, key);
    if (snapshot) results.push({ key, snapshot });
    if (operation.kind === "compose") shortcuts.push({ from: operation.name, to: key });
    if (operation.kind !== "content") continue;
    const inputs = vertex.inputs.map((digest) => byDigest.get(digest));
    const known = inputs.filter((input) => input !== undefined);
    // What a folder had in it is no property of the folder: no look ever takes that shortcut.
    if (known.length < inputs.length || operation.sources.some((at) => !inputs[at]?.stable)) continue;
    shortcuts.push({ from: operation.keyByDefinition(known.map((input) => input.key)), to: key });
  }
  return { results, shortcuts };
}
