import { atMost, collectBytes, type Digest, isDigest, lazyAsync, TareError } from "../base/index.ts";
import { openOciLayout } from "../layout/index.ts";
import { type Descriptor, isDescriptor, type Reference, withDefaultTag } from "../oci/index.ts";
import { fetchManifest, type Registry, readBlob, requireBlob } from "../registry/index.ts";
import type { CacheLocation } from "./location.ts";

export type Json = Readonly<Record<string, unknown>>;

/** A place that a cache can be read from. */
export interface CachePlace {
  /** What the location's own name leads to: a manifest or an index. `resolve-*` when there is none. */
  root(): Promise<Json>;
  /** A manifest or an index by its digest. */
  manifest(digest: Digest): Promise<Json>;
  /** A blob's bytes; the stream ends with `integrity-digest` when they are others. */
  blob(descriptor: Descriptor): AsyncIterable<Uint8Array>;
  /** Where blobs may be left because a registry has them: fails as reading one would, without reading it. */
  requireBlob?(descriptor: Descriptor): Promise<void>;
}

/** How a registry is found for a reference. */
export type RegistryOf = (reference: Reference) => Registry;

/** Opens nothing yet: whoever reads connects. */
export function openPlace(location: CacheLocation, registryOf: RegistryOf, signal: AbortSignal): CachePlace {
  return location.type === "registry"
    ? registryPlace(location.reference, registryOf(location.reference), signal)
    : layoutPlace(location);
}

function registryPlace(reference: Reference, registry: Registry, signal: AbortSignal): CachePlace {
  const repository = reference.path;
  const fetch = async (name: string) =>
    (await fetchManifest(registry, { repository, reference: name }, signal)).json;
  return {
    root: () => fetch(reference.digest ?? withDefaultTag(reference).tag ?? "latest"),
    manifest: fetch,
    blob: (descriptor) => readBlob(registry, { repository, descriptor }, signal),
    requireBlob: (descriptor) => requireBlob(registry, { repository, descriptor }, signal),
  };
}

function layoutPlace({ path, name }: Extract<CacheLocation, { type: "local" }>): CachePlace {
  const opened = lazyAsync(() => openOciLayout(path));
  async function* blob(descriptor: Pick<Descriptor, "digest" | "size">): AsyncGenerator<Uint8Array> {
    yield* (await opened()).blob(descriptor);
  }
  const json = async (digest: Digest) => {
    const size = (await (await opened()).blobSize(digest)) ?? 0;
    return parseJsonObject(await collectDocument(blob({ digest, size }), digest), digest);
  };
  return {
    async root() {
      if (isDigest(name)) return json(name);
      const bytes = await (await opened()).file("index.json");
      const { manifests } = parseJsonObject(bytes ?? new Uint8Array(), "index.json");
      const lines = Array.isArray(manifests) ? manifests.filter(isDescriptor) : [];
      const line = lines.find(
        ({ annotations }) => annotations?.["org.opencontainers.image.ref.name"] === name,
      );
      if (line) return json(line.digest);
      throw new TareError("resolve-image", `${path} has no cache with the tag ${name}`, {
        hint: "name one of its tags: type=local,src=FOLDER,tag=TAG",
      });
    },
    manifest: json,
    blob,
  };
}

/** Bytes of a document; what is larger is none that Tare has written. */
export const MAX_DOCUMENT = 32 << 20;

/** All bytes of a document; `integrity-archive` for what is too large to be one. */
export function collectDocument(bytes: AsyncIterable<Uint8Array>, what: string): Promise<Buffer> {
  return collectBytes(atMost(bytes, { size: MAX_DOCUMENT, what }));
}

/** A JSON object; `integrity-archive` for anything else. */
export function parseJsonObject(bytes: Uint8Array, what: string): Json {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  } catch {
    // Told below.
  }
  throw new TareError("integrity-archive", `${what} is not a JSON object`);
}
