import { type Digest, TareError } from "../base/index.ts";
import { dropAnswer } from "../net/index.ts";
import type { Descriptor } from "../oci/index.ts";
import { addressIn, headerOf } from "./answers.ts";
import { pushScope } from "./scopes.ts";
import type { Registry, RegistryAnswer, RegistryRequest } from "./types.ts";

/** A blob to send. */
export interface PushedBlob {
  readonly repository: string;
  readonly descriptor: Pick<Descriptor, "digest" | "size">;
  /**
   * The bytes from an offset to the end; asked for anew when something failed. Each piece of them need only be valid until
   * the one after the next is asked for.
   */
  readonly bytes: (offset: number) => AsyncIterable<Uint8Array>;
  /** Bytes of a piece, where the blob is sent in pieces because it can not be sent at once. */
  readonly pieceSize?: number;
}

export const EMPTY: NonNullable<RegistryRequest["body"]> = { size: 0, bytes: () => new Uint8Array() };

/** Asks where a blob can be sent (OCI distribution-spec, "Pushing blobs"); the answer says it. */
export async function startUpload(
  registry: Registry,
  { repository, descriptor }: PushedBlob,
  signal: AbortSignal,
): Promise<RegistryAnswer> {
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
  return answer;
}

/** An upload under way. */
export interface Upload {
  readonly blob: PushedBlob;
  /** The last answer, which says where to go on. */
  readonly answer: RegistryAnswer;
}

/** Sends what is left of a blob, and closes the upload. Not tried again here. */
export async function finishUpload(
  registry: Registry,
  { body, ...upload }: Upload & { readonly body: NonNullable<RegistryRequest["body"]> },
  signal: AbortSignal,
): Promise<void> {
  const url = new URL(placeOf(upload));
  url.searchParams.set("digest", upload.blob.descriptor.digest);
  const headers = { "content-type": "application/octet-stream" };
  const request = { method: "PUT", path: url.href, headers, expect: [201, 204], body } as const;
  await continueUpload(registry, { ...upload, request }, signal);
}

/** One exchange of an upload, tried once. An upload that the registry does not know any more can be begun again. */
export async function continueUpload(
  registry: Registry,
  {
    blob: { repository, descriptor },
    request,
  }: Upload & { readonly request: Omit<RegistryRequest, "scopes" | "what" | "once"> },
  signal: AbortSignal,
): Promise<RegistryAnswer> {
  const what = uploadText(registry, repository, descriptor.digest);
  const expect = [...request.expect, 404];
  const scopes = [pushScope(repository)];
  const answer = await registry.request({ ...request, scopes, expect, what, once: true }, signal);
  await dropAnswer(answer);
  if (answer.status !== 404) return answer;
  throw new TareError("registry-refused", `${what}: the registry has forgotten it on the way`, {
    hint: "try again, or ask who runs the registry",
    retryable: true,
  });
}

/** Where an upload goes on. */
export function placeOf({ answer }: Pick<Upload, "answer">): string {
  return addressIn(answer, headerOf(answer, "location"));
}

/** What is sent, in words of an error. */
export function uploadText({ host }: Registry, repository: string, digest: Digest): string {
  return `upload of ${digest} to ${host}/${repository}`;
}
