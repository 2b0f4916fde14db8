import { type Digest, isDigest, sha256, TareError } from "../base/index.ts";
import { dropAnswer } from "../net/index.ts";
import { type Descriptor, isDescriptor, MEDIA_TYPE, readJsonObject } from "../oci/index.ts";
import { headerOf, NO_REGISTRY, readAnswer } from "./answers.ts";
import type { Registry, RegistryAnswer } from "./types.ts";

/** A manifest or an index of a repository. */
export interface ManifestName {
  /** Path of the repository, `library/debian`. */
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

/** A manifest or an index as it is, and what it says. */
export interface FetchedManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Bytes; registries take manifests of this size (OCI distribution-spec, "Pushing Manifests"). */
export const MAX_MANIFEST = 4 << 20;

/**
 * Fetches a manifest or an index; by digest its bytes are verified, by tag compared with the digest that the registry
 * tells. `resolve-image` when there is none, `integrity-digest`, `user-unsupported` for a kind that nobody here knows.
 */
export async function fetchManifest(
  registry: Registry,
  name: ManifestName,
  signal: AbortSignal,
): Promise<FetchedManifest> {
  const what = manifestText(registry, name);
  const answer = await ask(registry, { ...name, method: "GET" }, signal);
  const bytes = await readAnswer(answer, { limit: MAX_MANIFEST, what });
  const digest = sha256(bytes);
  const told = headerOf(answer, "docker-content-digest");
  const wanted = isDigest(name.reference) ? name.reference : told;
  if (wanted !== undefined && wanted !== digest && isDigest(wanted))
    throw new TareError("integrity-digest", `${what} has the digest ${digest}, not ${wanted}`, {
      hint: "the registry or something on the way has changed it; pull again, or ask who runs the registry",
    });
  const found = readJsonObject(bytes);
  if ("problem" in found || Array.isArray(found.value))
    throw new TareError("integrity-archive", `${what} ${"problem" in found ? found.problem : "is a list"}`, {
      hint: NO_REGISTRY,
    });
  const json = found.value as FetchedManifest["json"];
  return {
    descriptor: { mediaType: mediaTypeOf(answer, json, what), digest, size: bytes.length },
    bytes,
    json,
  };
}

/** What a name leads to, without its bytes; undefined when there is none, or when the registry does not tell. */
export async function manifestDescriptor(
  registry: Registry,
  name: ManifestName,
  signal: AbortSignal,
): Promise<Descriptor | undefined> {
  const answer = await ask(registry, { ...name, method: "HEAD" }, signal);
  await dropAnswer(answer);
  if (answer.status !== 200) return undefined;
  const descriptor = {
    mediaType: servedType(answer),
    digest: headerOf(answer, "docker-content-digest"),
    size: Number(headerOf(answer, "content-length") ?? 0),
  };
  return isDescriptor(descriptor) ? descriptor : undefined;
}

/** The digest of the same. */
export async function manifestDigest(
  registry: Registry,
  name: ManifestName,
  signal: AbortSignal,
): Promise<Digest | undefined> {
  return (await manifestDescriptor(registry, name, signal))?.digest;
}

/** Deletes a manifest by digest, or a tag (OCI distribution-spec, "Deleting tags"). `registry-refused` where that is not done. */
export async function deleteManifest(
  registry: Registry,
  { repository, reference }: ManifestName,
  signal: AbortSignal,
): Promise<void> {
  const answer = await registry.request(
    {
      method: "DELETE",
      path: `/v2/${repository}/manifests/${reference}`,
      scopes: [`repository:${repository}:delete,pull`],
      expect: [202],
      what: manifestText(registry, { repository, reference }),
    },
    signal,
  );
  await dropAnswer(answer);
}

export function manifestText({ host }: Registry, { repository, reference }: ManifestName): string {
  return `${host}/${repository}${isDigest(reference) ? "@" : ":"}${reference}`;
}

/** A list of descriptors of a manifest, checked; `integrity-archive`. */
export function descriptorsIn(value: unknown, what: string): readonly Descriptor[] {
  if (Array.isArray(value) && value.every(isDescriptor)) return value;
  throw new TareError("integrity-archive", `${what} has something that is no descriptor`, {
    hint: "the image is damaged: push it again",
  });
}

const IMAGES: readonly string[] = [MEDIA_TYPE.manifest, MEDIA_TYPE.dockerManifest];
const INDEXES: readonly string[] = [MEDIA_TYPE.index, MEDIA_TYPE.dockerIndex];
/** What servers say that do not know: the manifest says it itself. */
const GENERAL: readonly string[] = ["", "application/json", "text/plain", "application/octet-stream"];

async function ask(
  registry: Registry,
  { method, repository, reference }: ManifestName & { readonly method: "GET" | "HEAD" },
  signal: AbortSignal,
): Promise<RegistryAnswer> {
  return registry.request(
    {
      method,
      path: `/v2/${repository}/manifests/${reference}`,
      headers: { accept: [...IMAGES, ...INDEXES].join(", ") },
      scopes: [`repository:${repository}:pull`],
      expect: method === "HEAD" ? [200, 404] : [200],
      what: manifestText(registry, { repository, reference }),
    },
    signal,
  );
}

/** What the server and the manifest say; both are only believed when they agree (OCI image-spec 1.1, "mediaType"). */
function mediaTypeOf(answer: RegistryAnswer, json: Readonly<Record<string, unknown>>, what: string): string {
  const served = servedType(answer);
  const own = Object.hasOwn(json, "mediaType") ? String(json.mediaType) : undefined;
  const mediaType = GENERAL.includes(served) ? (own ?? guessed(json)) : served;
  if (own !== undefined && own !== mediaType)
    throw new TareError("integrity-archive", `${what} is served as ${mediaType}, but says it is ${own}`);
  if ([...IMAGES, ...INDEXES].includes(mediaType) && json.schemaVersion === 2) return mediaType;
  throw new TareError("user-unsupported", `${what} is of a kind that is not known here: ${mediaType}`, {
    hint:
      /schema1|manifest\.v1/.test(mediaType) || json.schemaVersion === 1
        ? "it is an image in Docker's first format: pull and push it with a recent tool, which writes the second one"
        : "only OCI images and Docker's of schema 2, and indexes of them, can be read",
  });
}

function servedType(answer: RegistryAnswer): string {
  return (headerOf(answer, "content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function guessed(json: Readonly<Record<string, unknown>>): string {
  return Array.isArray(json.manifests) ? MEDIA_TYPE.index : MEDIA_TYPE.manifest;
}
