import type { Digest } from "../base/index.ts";
import type { RemoteLayer } from "./remotes.ts";
import type { StoredLayer } from "./types.ts";

/** What is known of a layer whose bytes are somewhere else. */
export interface LateFacts {
  readonly id: string;
  readonly diffId: Digest;
  /** Sum of the sizes of its files, bytes; of its compressed form, where that is all that is known. */
  readonly size: number;
  readonly tarSize?: number;
  readonly elsewhere?: RemoteLayer;
  readonly fetch?: (onBytes: (count: number) => void) => Promise<void>;
}

/** A layer that may still be elsewhere: what is known of it is told at once, `here` brings it for who reads it. */
export function lateLayer(
  { tarSize, diffId, ...facts }: LateFacts,
  here: () => Promise<StoredLayer>,
): StoredLayer {
  async function* streamed(
    bytes: (stored: StoredLayer) => AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    yield* bytes(await here());
  }
  return {
    ...facts,
    form: "tar",
    diffId: async () => diffId,
    tarSize: async () => tarSize ?? (await here()).tarSize(),
    index: async () => (await here()).index(),
    descriptor: async () => (await here()).descriptor(),
    directory: async () => (await here()).directory(),
    contentDigests: async (entries) => (await here()).contentDigests(entries),
    read: (entry) => streamed((stored) => stored.read(entry)),
    tar: () => streamed((stored) => stored.tar()),
  };
}
