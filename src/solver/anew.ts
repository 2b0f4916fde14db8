import type { Digest } from "../base/index.ts";
import type { Graph, Vertex } from "../graph/index.ts";
import type { OperationOf } from "./operation.ts";

/** Which vertices a remembered result is no good for, because something was asked to run again. */
export interface Anew {
  /** Something that the vertex stands on runs again, so what was made of it before is out of date. */
  isOutdated(vertex: Vertex): boolean;
  /** Something below the vertex runs again, perhaps with the same outcome: that is known afterwards. */
  isOpen(vertex: Vertex): boolean;
}

/**
 * Vertices that ignore the cache run again. So does every process above them, whose key tells how its file system was
 * made, not what is in it. A copy from them runs again only when what it selects has changed.
 */
export function anew({ vertices }: Graph, operationOf: OperationOf): Anew {
  const outdated = new Set<Digest>();
  const open = new Set<Digest>();
  for (const vertex of vertices) {
    const operation = operationOf(vertex);
    const sources = operation.kind === "content" ? operation.sources : [];
    const standsOn = vertex.inputs.filter((_, index) => !sources.includes(index));
    if (vertex.ignoreCache || standsOn.some((digest) => outdated.has(digest))) outdated.add(vertex.digest);
    if (outdated.has(vertex.digest) || vertex.inputs.some((digest) => open.has(digest)))
      open.add(vertex.digest);
  }
  return {
    isOutdated: ({ digest }) => outdated.has(digest),
    isOpen: ({ digest }) => open.has(digest),
  };
}
