import { skipBytes } from "../../base/index.ts";
import type { Descriptor, Reference } from "../../oci/index.ts";
import { hasBlob, mountBlob, pushBlob } from "../../registry/index.ts";
import { countedBytes } from "./counted-bytes.ts";
import type { PushTarget } from "./push-layer.ts";

/** A blob, and how its bytes are had. */
export interface BlobToSend extends Pick<Descriptor, "digest" | "size"> {
  /** All bytes, anew with every call. */
  readonly bytes: () => AsyncIterable<Uint8Array>;
  /** Where a registry has it, too. */
  readonly from?: Reference | undefined;
}

/** How a repository came by a blob: it had it, took it from a repository of the same registry, or was sent it. */
export type BlobOutcome =
  | { readonly outcome: "exists" | "pushed" }
  | { readonly outcome: "mounted"; readonly from: string };

/** Sees to it that a repository has a blob, whose bytes are read only when there is no other way. */
export async function sendBlob(
  { digest, size, bytes, from }: BlobToSend,
  { target, onBytes = () => {} }: { readonly target: PushTarget; readonly onBytes?: (count: number) => void },
  signal: AbortSignal,
): Promise<BlobOutcome> {
  const { registry, reference } = target;
  const blob = { repository: reference.path, digest };
  if (await hasBlob(registry, blob, signal)) return { outcome: "exists" };
  const isBeside = from?.domain === reference.domain && from.path !== reference.path;
  if (isBeside && (await mountBlob(registry, { ...blob, from: from.path }, signal)))
    return { outcome: "mounted", from: from.path };
  await pushBlob(
    registry,
    {
      repository: blob.repository,
      descriptor: { digest, size },
      bytes: (offset) => countedBytes(skipBytes(bytes(), offset), onBytes),
    },
    signal,
  );
  return { outcome: "pushed" };
}
