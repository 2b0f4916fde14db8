import { createHasher, skipBytes, TareError, withoutGarbage } from "../base/index.ts";
import { backOff, dropAnswer } from "../net/index.ts";
import type { Descriptor } from "../oci/index.ts";
import { headerOf, missingBlob } from "./answers.ts";
import type { Registry, RegistryAnswer } from "./types.ts";

/** A blob of a repository. */
export interface BlobName {
  readonly repository: string;
  readonly descriptor: Pick<Descriptor, "digest" | "size">;
}

/** A part of a blob. */
export interface BlobPart extends BlobName {
  readonly offset: number;
  /** Bytes; more than none, and within the blob. */
  readonly length: number;
}

/**
 * A blob's bytes, verified while they are read: `integrity-digest` at the end when they are others. After a broken
 * connection the rest is asked for (RFC 9110, 14, Range), as long as every try brings something.
 */
export async function* readBlob(
  registry: Registry,
  blob: BlobName,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { digest, size } = blob.descriptor;
  const hasher = createHasher();
  const whole = { ...blob, offset: 0, length: size };
  for await (const chunk of resumed(whole, (part) => rest(registry, part, signal), signal)) {
    hasher.update(chunk);
    yield chunk;
  }
  const found = hasher.digest();
  if (found !== digest)
    throw new TareError(
      "integrity-digest",
      `blob ${digest} of ${registry.host}/${blob.repository} has the digest ${found}`,
      {
        hint: "the registry or something on the way has changed it; pull again, or ask who runs the registry",
      },
    );
}

/**
 * A part of a blob, which only its reader can verify. `registry-refused` from a registry that gives blobs only whole;
 * what it sends is not read then.
 */
export async function* readBlobPart(
  registry: Registry,
  part: BlobPart,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  yield* resumed(part, (missing) => exactPart(registry, missing, signal), signal);
}

async function* resumed(
  part: BlobPart,
  open: (missing: BlobPart) => AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { offset, length: size, descriptor } = part;
  let done = 0;
  for (let failures = 0; done < size; ) {
    const before = done;
    try {
      const missing = open({ ...part, offset: offset + done, length: size - done });
      for await (const chunk of withoutGarbage(missing)) {
        done += chunk.length;
        if (done > size) throw tooLong(descriptor.digest, size);
        yield chunk;
      }
      // Who closes the connection in good order too early says nothing of it.
      if (done < size) throw cutOff(descriptor.digest, { done, size });
    } catch (error) {
      failures = done > before ? 1 : failures + 1;
      await backOff(error, failures, signal);
    }
  }
}

/** From a place to the blob's end; it may be the whole blob although a part was asked for. */
async function* rest(registry: Registry, part: BlobPart, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const answer = await ask(registry, { ...part, ranged: part.offset > 0 }, signal);
  const start = answer.status === 200 ? 0 : startOf(answer, part);
  if (start > part.offset)
    throw new TareError("registry-refused", "the registry sent another part of a blob than was asked for");
  yield* skipBytes(answer.body, part.offset - start);
}

async function* exactPart(
  registry: Registry,
  part: BlobPart,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const answer = await ask(registry, { ...part, ranged: true }, signal);
  if (answer.status === 206 && startOf(answer, part) === part.offset) return yield* answer.body;
  await dropAnswer(answer);
  throw new TareError("registry-refused", `${registry.host} does not send parts of blobs`);
}

/** Asks for a blob, or a part of it. `resolve-image` when the registry does not have it. */
async function ask(
  registry: Registry,
  { repository, descriptor, offset, length, ranged }: BlobPart & { readonly ranged: boolean },
  signal: AbortSignal,
): Promise<RegistryAnswer> {
  const what = `blob ${descriptor.digest} of ${registry.host}/${repository}`;
  const answer = await registry.request(
    {
      method: "GET",
      path: `/v2/${repository}/blobs/${descriptor.digest}`,
      headers: ranged ? { range: `bytes=${offset}-${offset + length - 1}` } : {},
      scopes: [`repository:${repository}:pull`],
      expect: [200, 206, 404],
      what,
      once: true,
    },
    signal,
  );
  if (answer.status !== 404) return answer;
  await dropAnswer(answer);
  throw missingBlob(what, descriptor);
}

/** Where the bytes of an answer begin that is a part. */
function startOf(answer: RegistryAnswer, { descriptor: { digest } }: BlobPart): number {
  const start = /^bytes (\d{1,15})-/.exec(headerOf(answer, "content-range") ?? "")?.[1];
  if (start !== undefined) return Number(start);
  throw new TareError("registry-refused", `blob ${digest}: the registry sent a part without saying which`);
}

function tooLong(digest: string, size: number): TareError {
  return new TareError("integrity-digest", `blob ${digest} has more than ${size} bytes`, {
    hint: "the image or the registry is damaged: push it again",
  });
}

function cutOff(digest: string, { done, size }: { readonly done: number; readonly size: number }): TareError {
  return new TareError("registry-unreachable", `blob ${digest} ended after ${done} of ${size} bytes`, {
    hint: "the connection breaks again and again: check the network and the registry",
    retryable: true,
  });
}
