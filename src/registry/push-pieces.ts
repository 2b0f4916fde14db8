import { inPieces, TareError } from "../base/index.ts";
import { backOff } from "../net/index.ts";
import { headerOf } from "./answers.ts";
import type { Registry, RegistryAnswer } from "./types.ts";
import {
  continueUpload,
  EMPTY,
  finishUpload,
  type PushedBlob,
  placeOf,
  startUpload,
  type Upload,
} from "./upload.ts";

/** Every piece goes where the answer to the one before it says. */
export async function pushInPieces(
  registry: Registry,
  blob: PushedBlob & { readonly pieceSize: number },
  signal: AbortSignal,
): Promise<void> {
  let answer = await startUpload(registry, blob, signal);
  const least = Number(headerOf(answer, "oci-chunk-min-length") ?? 0) || 0;
  const pieceSize = Math.min(Math.max(blob.pieceSize, least), MAX_PIECE);
  let done = 0;
  for (let failures = 0; done < blob.descriptor.size; ) {
    try {
      const size = Math.min(pieceSize, blob.descriptor.size - done);
      for await (const piece of inPieces(blob.bytes(done), { size, kept: 1 })) {
        answer = await pushPiece(registry, { blob, answer, offset: done, piece }, signal);
        done += piece.length;
        failures = 0;
      }
      if (done < blob.descriptor.size) throw shortSource(blob, done);
    } catch (error) {
      await backOff(error, ++failures, signal);
      ({ answer, done } = await uploadedSoFar(registry, { blob, answer }, signal));
    }
  }
  await finishUpload(registry, { blob, answer, body: EMPTY }, signal);
}

const MAX_PIECE = 512 << 20;

async function pushPiece(
  registry: Registry,
  { offset, piece, ...upload }: Upload & { readonly offset: number; readonly piece: Uint8Array },
  signal: AbortSignal,
): Promise<RegistryAnswer> {
  const headers = {
    "content-type": "application/octet-stream",
    "content-range": `${offset}-${offset + piece.length - 1}`,
  };
  const body = { size: piece.length, bytes: () => piece };
  const request = { method: "PATCH", path: placeOf(upload), headers, expect: [202], body } as const;
  return continueUpload(registry, { ...upload, request }, signal);
}

/** Asks how much has arrived. */
async function uploadedSoFar(
  registry: Registry,
  upload: Upload,
  signal: AbortSignal,
): Promise<{ readonly answer: RegistryAnswer; readonly done: number }> {
  const request = { method: "GET", path: placeOf(upload), expect: [204] } as const;
  const status = await continueUpload(registry, { ...upload, request }, signal);
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(headerOf(status, "range") ?? "")?.[1];
  const done = last === undefined || last === "0" ? 0 : Number(last) + 1;
  return {
    answer: headerOf(status, "location") === undefined ? upload.answer : status,
    done: Math.min(done, upload.blob.descriptor.size),
  };
}

function shortSource({ descriptor: { digest, size } }: PushedBlob, done: number): TareError {
  return new TareError("integrity-store", `blob ${digest} has ${done} bytes, not ${size}`, {
    hint: "what is in the local store is damaged: build again",
  });
}
