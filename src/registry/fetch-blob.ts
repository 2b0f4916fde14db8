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

/**
 * A blob's bytes, verified while they are read: `integrity-digest` at the end when they are others. After a broken
 * connection the rest is asked for (RFC 9110, 14, Range), as long as every try brings something.
 */
export async function* readBlob(
  registry: Registry,
  { repository, descriptor }: BlobName,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { digest, size } = descriptor;
  const hasher = createHasher();
  let done = 0;
  for (let failures = 0; done < size; ) {
    const before = done;
    try {
      const missing = rest(registry, { repository, descriptor }, { offset: done, signal });
      for await (const chunk of withoutGarbage(missing)) {
        done += chunk.length;
        if (done > size) throw tooLong(digest, size);
        hasher.update(chunk);
        yield chunk;
      }
      // Who closes the connection in good order too early says nothing of it.
      if (done < size) throw cutOff(digest, { done, size });
    } catch (error) {
      failures = done > before ? 1 : failures + 1;
      await backOff(error, failures, signal);
    }
  }
  const found = hasher.digest();
  if (found !== digest)
    throw new TareError(
      "integrity-digest",
      `blob ${digest} of ${registry.host}/${repository} has the digest ${found}`,
      {
        hint: "the registry or something on the way has changed it; pull again, or ask who runs the registry",
      },
    );
}

async function* rest(
  registry: Registry,
  { repository, descriptor }: BlobName,
  { offset, signal }: { readonly offset: number; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const { digest, size } = descriptor;
  const what = `blob ${digest} of ${registry.host}/${repository}`;
  const answer = await registry.request(
    {
      method: "GET",
      path: `/v2/${repository}/blobs/${digest}`,
      headers: offset > 0 ? { range: `bytes=${offset}-${size - 1}` } : {},
      scopes: [`repository:${repository}:pull`],
      expect: [200, 206, 404],
      what,
      once: true,
    },
    signal,
  );
  if (answer.status === 404) {
    await dropAnswer(answer);
    throw missingBlob(what, descriptor);
  }
  const before = offset - startOf(answer, digest);
  if (before < 0)
    throw new TareError("registry-refused", "the registry sent another part of a blob than was asked for");
  yield* skipBytes(answer.body, before);
}

/** Where the bytes of an answer begin: it may be the whole blob although a part was asked for. */
function startOf(answer: RegistryAnswer, digest: string): number {
  if (answer.status === 200) return 0;
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
