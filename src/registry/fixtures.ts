import { sha256 } from "../base/index.ts";
import { createHttpClient, type HttpClient } from "../net/index.ts";
import { type Descriptor, MEDIA_TYPE } from "../oci/index.ts";
import type { TestRegistry } from "./fixture-server.ts";
import { openRegistry, REGISTRY_HINTS } from "./registry.ts";
import type { Credentials, Registry } from "./types.ts";

export * from "./fixture-server.ts";

/** A client of a registry of tests. */
export function connect(
  { host }: Pick<TestRegistry, "host">,
  credentials?: Credentials,
): Registry & AsyncDisposable {
  const client: HttpClient = createHttpClient({}, REGISTRY_HINTS);
  return {
    ...openRegistry(host, { client, credentials: async () => credentials }),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

export const USER: Credentials = { type: "password", username: "user", password: "pass" };

/** Puts a blob into a registry; what describes it. */
export function addBlob({ blobs }: TestRegistry, repository: string, bytes: Uint8Array): Descriptor {
  const digest = sha256(bytes);
  blobs.set(`${repository} ${digest}`, bytes);
  return { mediaType: MEDIA_TYPE.layerGzip, digest, size: bytes.length };
}

/** Puts a manifest into a registry, under its digest and a tag. */
export function addManifest(
  { manifests }: TestRegistry,
  {
    repository,
    tag,
    json,
    type,
  }: { readonly repository: string; readonly tag?: string; readonly json: unknown; readonly type: string },
): Descriptor {
  const bytes = Buffer.from(typeof json === "string" ? json : JSON.stringify(json));
  const digest = sha256(bytes);
  for (const name of [digest, ...(tag === undefined ? [] : [tag])])
    manifests.set(`${repository} ${name}`, { bytes, type });
  return { mediaType: type, digest, size: bytes.length };
}
