import { TareError } from "../base/index.ts";
import { backOff } from "../net/index.ts";
import { pushInPieces } from "./push-pieces.ts";
import type { Registry } from "./types.ts";
import { finishUpload, type PushedBlob, startUpload } from "./upload.ts";

export type { PushedBlob } from "./upload.ts";

/**
 * Sends a blob: in one piece, and in pieces of which only the missing ones are sent again when that failed
 * (OCI distribution-spec, "Pushing blobs"). `registry-refused`, `registry-unreachable`.
 */
export async function pushBlob(registry: Registry, blob: PushedBlob, signal: AbortSignal): Promise<void> {
  const pieceSize = blob.pieceSize ?? PIECE;
  for (let attempt = 1, inPieces = false; ; attempt++) {
    try {
      return await (inPieces
        ? pushInPieces(registry, { ...blob, pieceSize }, signal)
        : pushAtOnce(registry, blob, signal));
    } catch (error) {
      const couldBePieces: boolean = !inPieces && blob.descriptor.size > pieceSize;
      inPieces ||= couldBePieces;
      if (!(couldBePieces && isTooLarge(error))) await backOff(error, attempt, signal);
    }
  }
}

const PIECE = 16 << 20;

/** A proxy before the registry may take less at once than the registry. */
function isTooLarge(error: unknown): boolean {
  return error instanceof TareError && error.message.includes(": too large for the registry");
}

async function pushAtOnce(registry: Registry, blob: PushedBlob, signal: AbortSignal): Promise<void> {
  const answer = await startUpload(registry, blob, signal);
  const { size } = blob.descriptor;
  await finishUpload(registry, { blob, answer, body: { size, bytes: () => blob.bytes(0) } }, signal);
}
