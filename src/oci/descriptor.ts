import { isDigest } from "../base/index.ts";
import { type Descriptor, MEDIA_TYPE, type Platform } from "./types.ts";

/**
 * Whether a value from outside has what every descriptor has (OCI image-spec, descriptor.md, "Properties"), and its platform
 * and annotations are texts. Go writes null for what is not there.
 */
export function isDescriptor(value: unknown): value is Descriptor {
  if (typeof value !== "object" || value === null) return false;
  const { mediaType, digest, size, platform, annotations } = value as Partial<
    Record<keyof Descriptor, unknown>
  >;
  const sized = Number.isSafeInteger(size) && (size as number) >= 0;
  const named = typeof mediaType === "string" && typeof digest === "string" && isDigest(digest);
  return named && sized && isPlatform(platform ?? {}) && isTexts(annotations ?? {});
}

/** Whether a value from outside says words of a platform, as far as it says anything: they stand in lists and in names of folders. */
export function isPlatform(value: unknown): value is Partial<Platform> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { os, architecture, variant, "os.version": version } = value as Readonly<Record<string, unknown>>;
  return [os, architecture, variant, version].every(
    (one) => one === undefined || one === null || (typeof one === "string" && /^[\w.+-]*$/.test(one)),
  );
}

/** Whether a value from outside is texts by names, as annotations are. */
export function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => typeof one === "string");
}

/** What a line of an index says that its image is for; undefined when it says nothing, or half of it. */
export function linePlatform({ platform }: Pick<Descriptor, "platform">): Platform | undefined {
  const { os, architecture, variant, "os.version": version } = platform ?? {};
  if (!os || !architecture) return undefined;
  return { os, architecture, ...(variant && { variant }), ...(version && { "os.version": version }) };
}

/** Whether a line of an index is for an image, as far as it says: not a document about one, as BuildKit puts them beside it. */
export function isImageLine(line: Descriptor): boolean {
  const { platform, annotations } = line;
  const isAttestation =
    platform?.os === "unknown" || annotations?.["vnd.docker.reference.type"] !== undefined;
  return !isArtifact(line) && !isAttestation;
}

/**
 * Whether a line of an index says that it is about something else than an image (OCI image-spec, descriptor.md,
 * "artifactType"). crane and Kaniko write the type of an image's config there.
 */
export function isArtifact({ artifactType }: Pick<Descriptor, "artifactType">): boolean {
  return artifactType !== undefined && !CONFIGS.includes(artifactType);
}

/** Docker's name for a layer's form and OCI's mean the same bytes; one manifest has names of one kind. */
export function ociLayerType(mediaType: string): string {
  return mediaType === MEDIA_TYPE.dockerLayerGzip ? MEDIA_TYPE.layerGzip : mediaType;
}

/** Whether a media type is one that tools have given to configs of images. */
export function isImageConfigType(mediaType: string): boolean {
  return /image\.(config\.)?v1\+json$/.test(mediaType);
}

const CONFIGS: readonly string[] = [MEDIA_TYPE.config, MEDIA_TYPE.dockerConfig];

/** Where a manifest says that a layer is that is not beside it (descriptor.md, "urls"), to go on with; "" when it does not. */
export function statedAddresses(layer: object): string {
  const urls: unknown = "urls" in layer ? layer.urls : undefined;
  if (!Array.isArray(urls) || urls.length === 0) return "";
  return `; it says that the layer is at ${urls.slice(0, 3).join(", ")}`;
}
