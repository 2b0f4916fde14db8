import { createHash, type Hash } from "node:crypto";

/** `sha256:` and 64 lower-case hex digits (OCI image-spec, descriptor.md, "Digests"). */
export type Digest = `sha256:${string}`;

const PATTERN = /^sha256:[0-9a-f]{64}$/;

/** The digest of some bytes; a string counts as its UTF-8 form. */
export function sha256(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** A digest that grows: `update` as often as wanted, then `digest` once. */
export interface Hasher {
  update(bytes: Uint8Array | string): void;
  digest(): Digest;
}

export function createHasher(): Hasher {
  const hash: Hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => `sha256:${hash.digest("hex")}`,
  };
}

/** The same bytes; `done` is told their digest once all of them have passed. It may throw, which ends the stream so. */
export async function* hashing(
  bytes: AsyncIterable<Uint8Array>,
  done: (digest: Digest) => void,
): AsyncGenerator<Uint8Array> {
  const hasher = createHasher();
  for await (const chunk of bytes) {
    hasher.update(chunk);
    yield chunk;
  }
  done(hasher.digest());
}

/** The digest of a stream's bytes, of which none stay in memory. */
export async function digestOf(bytes: AsyncIterable<Uint8Array>): Promise<Digest> {
  const hasher = createHasher();
  for await (const chunk of bytes) hasher.update(chunk);
  return hasher.digest();
}

export function isDigest(text: string): text is Digest {
  return PATTERN.test(text);
}

/** The 64 hex digits alone, for file names. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}
