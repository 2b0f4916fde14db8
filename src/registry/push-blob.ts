import type { Digest } from "../base/index.ts";
import { TareError } from "../base/index.ts";
import { backOff } from "../net/index.ts";
import type { Descriptor } from "../oci/index.ts";
import { addressIn, dropAnswer, headerOf } from "./answers.ts";
import type { Registry, RegistryAnswer, RegistryRequest } from "./types.ts";

/** A blob to send. */
export interface PushedBlob {
  readonly repository: string;
  readonly descriptor: Pick<Descriptor, "digest" | "size">;
  /** The bytes from an offset to the end; asked for anew when something failed. */
  readonly bytes: (offset: number) => AsyncIterable<Uint8Array>;
  /** Bytes of a piece, where the blob is sent in pieces because it can not be sent at once. */
  readonly pieceSize?: number;
}

/** Whether a repository has a blob. Nothing is read or sent. */
export async function hasBlob(
  registry: Registry,
  { repository, digest }: { readonly repository: string; readonly digest: Digest },
  signal: AbortSignal,
): Promise<boolean> {
  const answer = await registry.request(
    {
      method: "HEAD",
      path: `/v2/${repository}/blobs/${digest}`,
      scopes: [pushScope(repository)],
      expect: [200, 404],
      what: `blob ${digest} of ${registry.host}/${repository}`,
    },
    signal,
  );
  await dropAnswer(answer);
  return answer.status === 200;
}

/**
 * Lets a repository have a blob of another one of the same registry (OCI distribution-spec, "Mounting a blob from
 * another repository"). False when the registry does not do it: then the blob has to be sent.
 */
export async function mountBlob(
  registry: Registry,
  {
    repository,
    from,
    digest,
  }: { readonly repository: string; readonly from: string; readonly digest: Digest },
  signal: AbortSignal,
): Promise<boolean> {
  const query = new URLSearchParams({ mount: digest, from });
  const answer = await registry.request(
    {
      method: "POST",
      path: `/v2/${repository}/blobs/uploads/?${query}`,
      scopes: [pushScope(repository), `repository:${from}:pull`],
      expect: [201, 202, 400, 401, 403, 404, 405],
      body: EMPTY,
      what: uploadText(registry, repository, digest),
    },
    signal,
  );
  await dropAnswer(answer);
  const location = headerOf(answer, "location");
  if (answer.status === 202 && location !== undefined)
    await cancelUpload(registry, { answer, repository }, signal);
  return answer.status === 201;
}

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
const EMPTY: NonNullable<RegistryRequest["body"]> = { size: 0, bytes: () => new Uint8Array() };

/** A proxy before the registry may take less at once than the registry. */
function isTooLarge(error: unknown): boolean {
  return error instanceof TareError && error.message.includes(": too large for the registry");
}

async function pushAtOnce(registry: Registry, blob: PushedBlob, signal: AbortSignal): Promise<void> {
  const { answer } = await startUpload(registry, blob, signal);
  const { size } = blob.descriptor;
  await finishUpload(registry, { blob, answer, body: { size, bytes: () => blob.bytes(0) } }, signal);
}

/** Every piece goes where the answer to the one before it says. */
async function pushInPieces(
  registry: Registry,
  blob: PushedBlob & { readonly pieceSize: number },
  signal: AbortSignal,
): Promise<void> {
  let { answer } = await startUpload(registry, blob, signal);
  const least = Number(headerOf(answer, "oci-chunk-min-length") ?? 0) || 0;
  const pieceSize = Math.min(Math.max(blob.pieceSize, least), MAX_PIECE);
  let done = 0;
  for (let failures = 0; done < blob.descriptor.size; ) {
    try {
      for await (const piece of pieces(blob.bytes(done), pieceSize)) {
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

async function startUpload(
  registry: Registry,
  { repository, descriptor }: PushedBlob,
  signal: AbortSignal,
): Promise<{ readonly answer: RegistryAnswer }> {
  const answer = await registry.request(
    {
      method: "POST",
      path: `/v2/${repository}/blobs/uploads/`,
      scopes: [pushScope(repository)],
      expect: [202],
      body: EMPTY,
      what: uploadText(registry, repository, descriptor.digest),
    },
    signal,
  );
  await dropAnswer(answer);
  return { answer };
}

async function finishUpload(
  registry: Registry,
  {
    blob: { repository, descriptor },
    answer,
    body,
  }: {
    readonly blob: PushedBlob;
    readonly answer: RegistryAnswer;
    readonly body: NonNullable<RegistryRequest["body"]>;
  },
  signal: AbortSignal,
): Promise<void> {
  const url = new URL(addressIn(answer, headerOf(answer, "location")));
  url.searchParams.set("digest", descriptor.digest);
  const done = await registry.request(
    {
      method: "PUT",
      path: url.href,
      headers: { "content-type": "application/octet-stream" },
      scopes: [pushScope(repository)],
      expect: [201, 204],
      body,
      what: uploadText(registry, repository, descriptor.digest),
      once: true,
    },
    signal,
  );
  await dropAnswer(done);
}

async function pushPiece(
  registry: Registry,
  {
    blob: { repository, descriptor },
    answer,
    offset,
    piece,
  }: {
    readonly blob: PushedBlob;
    readonly answer: RegistryAnswer;
    readonly offset: number;
    readonly piece: Uint8Array;
  },
  signal: AbortSignal,
): Promise<RegistryAnswer> {
  const next = await registry.request(
    {
      method: "PATCH",
      path: addressIn(answer, headerOf(answer, "location")),
      headers: {
        "content-type": "application/octet-stream",
        "content-range": `${offset}-${offset + piece.length - 1}`,
      },
      scopes: [pushScope(repository)],
      expect: [202],
      body: { size: piece.length, bytes: () => piece },
      what: uploadText(registry, repository, descriptor.digest),
      once: true,
    },
    signal,
  );
  await dropAnswer(next);
  return next;
}

/** Asks how much has arrived. */
async function uploadedSoFar(
  registry: Registry,
  { blob, answer }: { readonly blob: PushedBlob; readonly answer: RegistryAnswer },
  signal: AbortSignal,
): Promise<{ readonly answer: RegistryAnswer; readonly done: number }> {
  const { repository, descriptor } = blob;
  const status = await registry.request(
    {
      method: "GET",
      path: addressIn(answer, headerOf(answer, "location")),
      scopes: [pushScope(repository)],
      expect: [204],
      what: uploadText(registry, repository, descriptor.digest),
    },
    signal,
  );
  await dropAnswer(status);
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(headerOf(status, "range") ?? "")?.[1];
  const done = last === undefined || last === "0" ? 0 : Number(last) + 1;
  return {
    answer: headerOf(status, "location") === undefined ? answer : status,
    done: Math.min(done, descriptor.size),
  };
}

async function cancelUpload(
  registry: Registry,
  { answer, repository }: { readonly answer: RegistryAnswer; readonly repository: string },
  signal: AbortSignal,
): Promise<void> {
  const request: RegistryRequest = {
    method: "DELETE",
    path: addressIn(answer, headerOf(answer, "location")),
    scopes: [pushScope(repository)],
    expect: [202, 204],
    what: `${registry.host}/${repository}`,
    once: true,
  };
  // What is not cancelled is forgotten by the registry in time.
  await registry.request(request, signal).then(dropAnswer, () => undefined);
}

async function* pieces(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let filled = 0;
  for await (const chunk of bytes)
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + size - filled);
      parts.push(part);
      at += part.length;
      filled += part.length;
      if (filled < size) continue;
      yield Buffer.concat(parts);
      parts = [];
      filled = 0;
    }
  if (filled > 0) yield Buffer.concat(parts);
}

function shortSource({ descriptor: { digest, size } }: PushedBlob, done: number): TareError {
  return new TareError("integrity-store", `blob ${digest} has ${done} bytes, not ${size}`, {
    hint: "what is in the local store is damaged: build again",
  });
}

export function pushScope(repository: string): string {
  return `repository:${repository}:pull,push`;
}

function uploadText({ host }: Registry, repository: string, digest: Digest): string {
  return `upload of ${digest} to ${host}/${repository}`;
}
