import { type Digest, sha256 } from "../base/index.ts";

/** A checksum of plain JSON that does not depend on the order of keys. Lists count in their order. */
export function contentDigest(value: unknown): Digest {
  return sha256(JSON.stringify(value, sortKeys));
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
