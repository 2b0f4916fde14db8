import { sha256, TareError } from "../base/index.ts";
import { dropAnswer } from "../net/index.ts";
import type { Descriptor } from "../oci/index.ts";
import { headerOf } from "./answers.ts";
import { type ManifestName, manifestText } from "./manifests.ts";
import { pushScope } from "./scopes.ts";
import type { Registry } from "./types.ts";

/**
 * Puts a manifest or an index under a tag or its digest. True when the registry lists it among the referrers of its
 * subject (OCI distribution-spec, "Pushing Manifests with Subject"). `integrity-digest` when the registry has made
 * another one of it.
 */
export async function pushManifest(
  registry: Registry,
  {
    bytes,
    mediaType,
    ...name
  }: ManifestName & { readonly bytes: Uint8Array } & Pick<Descriptor, "mediaType">,
  signal: AbortSignal,
): Promise<boolean> {
  const what = manifestText(registry, name);
  const answer = await registry.request(
    {
      method: "PUT",
      path: `/v2/${name.repository}/manifests/${name.reference}`,
      headers: { "content-type": mediaType },
      scopes: [pushScope(name.repository)],
      expect: [200, 201, 202],
      body: { size: bytes.length, bytes: () => bytes },
      what,
    },
    signal,
  );
  await dropAnswer(answer);
  const told = headerOf(answer, "docker-content-digest");
  if (told?.startsWith("sha256:") && told !== sha256(bytes))
    throw new TareError(
      "integrity-digest",
      `${what} was stored with the digest ${told}, not ${sha256(bytes)}`,
      {
        hint: "the registry has changed the manifest: ask who runs it",
      },
    );
  return headerOf(answer, "oci-subject") !== undefined;
}
