import type { Digest } from "../base/index.ts";
import { dropAnswer } from "../net/index.ts";

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
