import type { StoredLayer } from "../store/index.ts";
import { type Bytes, comparePaths, type Entry, impliedDirectory, parentPath } from "../tree/index.ts";

/** A path on its way into a layer: what it will be, and of a file where its bytes come from. */
export interface Placed {
  readonly entry: Entry;
  readonly read?: () => Bytes;
}

/** Adds and finds layers. */
export type LayerWriter = (entries: readonly Entry[], read: (entry: Entry) => Bytes) => Promise<StoredLayer>;

/**
 * Makes a layer of what was placed. The directories above every path are in it, because an overlay takes a directory's
 * facts from the topmost layer that has it; what is placed twice is what was placed last.
 */
export async function writePlaced(placed: readonly Placed[], write: LayerWriter): Promise<StoredLayer> {
  const byPath = new Map(placed.map((one) => [one.entry.path, one]));
  for (const path of [...byPath.keys()]) addParents(path, byPath);
  const entries = [...byPath.values()].map(({ entry }) => entry).sort((a, b) => comparePaths(a.path, b.path));
  return write(entries, (entry) => byPath.get(entry.path)?.read?.() ?? nothing());
}

/** A file of given content. */
export function placedFile(facts: Omit<Entry, "kind" | "size">, content: Uint8Array | string): Placed {
  const bytes = Buffer.from(content);
  return {
    entry: { ...facts, kind: "file", size: bytes.length },
    read: async function* () {
      yield bytes;
    },
  };
}

function addParents(path: string, byPath: Map<string, Placed>): void {
  for (let above = parentPath(path); above !== "" && !byPath.has(above); above = parentPath(above))
    byPath.set(above, { entry: impliedDirectory(above) });
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
