import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Digest, sha256 } from "../base/index.ts";
import { type BlobStore, openBlobStore } from "./blob-store.ts";

export const HELLO = sha256("hello world");
export const MISSING: Digest = `sha256:${"0".repeat(64)}`;

interface Workspace extends Disposable {
  readonly root: string;
  readonly tmp: string;
  readonly store: BlobStore;
}

export function workspace(folder = mkdtempSync(join(tmpdir(), "tare-blob-"))): Workspace {
  const [root, tmp] = [join(folder, "blobs"), join(folder, "tmp")];
  mkdirSync(tmp);
  return {
    root,
    tmp,
    store: openBlobStore(root, tmp),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

export async function* pieces(...parts: readonly (Uint8Array | string)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}
