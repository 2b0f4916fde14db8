import type { Digest } from "../base/index.ts";
import { dropAnswer } from "../net/index.ts";
import { missingBlob } from "./answers.ts";
import type { BlobName } from "./fetch-blob.ts";
import { pushScope } from "./scopes.ts";
import type { Registry } from "./types.ts";

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

/** Fails as reading a blob would, when it is not there to be read; nothing of it is read. `resolve-image`, `registry-*`. */
export async function requireBlob(
  registry: Registry,
  { repository, descriptor }: BlobName,
  signal: AbortSignal,
): Promise<void> {
  const { digest } = descriptor;
  const what = `blob ${digest} of ${registry.host}/${repository}`;
  const answer = await registry.request(
    {
      method: "HEAD",
      path: `/v2/${repository}/blobs/${digest}`,
      scopes: [`repository:${repository}:pull`],
      expect: [200, 404],
      what,
    },
    signal,
  );
  await dropAnswer(answer);
  if (answer.status === 404) throw missingBlob(what, descriptor);
}
