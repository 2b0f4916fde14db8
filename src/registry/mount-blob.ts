import type { Digest } from "../base/index.ts";
import { dropAnswer } from "../net/index.ts";
import { addressIn, headerOf } from "./answers.ts";
import { pushScope } from "./scopes.ts";
import type { Registry, RegistryAnswer, RegistryRequest } from "./types.ts";
import { EMPTY, uploadText } from "./upload.ts";

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
