import { isDigest } from "../base/index.ts";
import { type Descriptor, MEDIA_TYPE } from "./types.ts";

/** Whether a value from outside has what every descriptor has (OCI image-spec, descriptor.md, "Properties"). */
export function isDescriptor(value: unknown): value is Descriptor {
  if (typeof value !== "object" || value === null) return false;
  const { mediaType, digest, size } = value as Partial<Record<keyof Descriptor, unknown>>;
  const sized = Number.isSafeInteger(size) && (size as number) >= 0;
  return typeof mediaType === "string" && typeof digest === "string" && isDigest(digest) && sized;
}

/**
 * Whether a line of an index says that it is about something else than an image (OCI image-spec, descriptor.md,
 * "artifactType"). crane and Kaniko write the type of an image's config there.
 */
export function isArtifact({ artifactType }: Pick<Descriptor, "artifactType">): boolean {
  return artifactType !== undefined && !CONFIGS.includes(artifactType);
}

const CONFIGS: readonly string[] = [MEDIA_TYPE.config, MEDIA_TYPE.dockerConfig];

/** Where a manifest says that a layer is that is not beside it (descriptor.md, "urls"), to go on with; "" when it does not. */
export function statedAddresses(layer: object): string {
  const urls: unknown = "urls" in layer ? layer.urls : undefined;
  if (!Array.isArray(urls) || urls.length === 0) return "";
  return `; it says that the layer is at ${urls.slice(0, 3).join(", ")}`;
}
