import { sha256, streamOf } from "../base/index.ts";
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

/** A signal that never comes. */
export const never = new AbortController().signal;

/** A blob that is long enough to break in the middle. */
export const BYTES = Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 7919) % 251));

/** Puts an image of one layer into a registry, without a tag; what describes its manifest. */
export function addImage(server: TestRegistry, repository: string, architecture: string): Descriptor {
  const layer = addBlob(server, repository, Buffer.from(`layer of ${architecture}`));
  const config = { os: "linux", architecture, rootfs: { type: "layers", diff_ids: [layer.digest] } };
  const json = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    config: {
      ...addBlob(server, repository, Buffer.from(JSON.stringify(config))),
      mediaType: MEDIA_TYPE.config,
    },
    layers: [layer],
  };
  return addManifest(server, { repository, json, type: MEDIA_TYPE.manifest });
}

/** BYTES, to be pushed. */
export function blobOf() {
  return {
    repository: "r",
    descriptor: { digest: sha256(BYTES), size: BYTES.length },
    bytes: (at: number) => streamOf(BYTES.subarray(at)),
  };
}
