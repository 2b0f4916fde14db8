import { type Digest, hexOf, isDigest } from "../base/index.ts";
import { quickRecords } from "./records.ts";

/**
 * Cache keys: what a step depends on, and what came of it. The values are the solver's business, except for what
 * prune has to know: `result.layers` names layers, and a record with `part: true` belongs to those that name it in
 * `parts`, and goes with the last of them.
 */
export interface KeyStore {
  get(digest: Digest): Promise<unknown>;
  put(digest: Digest, value: unknown): Promise<void>;
  remove(digest: Digest): Promise<void>;
  list(): Promise<readonly Digest[]>;
  /** Says that a record is of use now; `prune` removes first what nobody has used for long. */
  touch(digest: Digest): void;
  /** When a record was written or last of use, milliseconds since 1970; undefined when there is none. */
  usedAt(digest: Digest): Promise<number | undefined>;
}

export function openKeyStore(folder: string, tmp: string): KeyStore {
  const records = quickRecords(folder, tmp);
  return {
    get: (digest) => records.get(hexOf(digest)),
    put: (digest, value) => records.put(hexOf(digest), value),
    remove: (digest) => records.remove(hexOf(digest)),
    touch: (digest) => records.touch(hexOf(digest)),
    usedAt: (digest) => records.usedAt(hexOf(digest)),
    list: async () => (await records.names()).map((name) => `sha256:${name}`).filter(isDigest),
  };
}
