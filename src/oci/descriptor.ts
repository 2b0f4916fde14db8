import { isDigest } from "../base/index.ts";
import type { Descriptor } from "./types.ts";

/** Whether a value from outside has what every descriptor has (OCI image-spec, descriptor.md, "Properties"). */
export function isDescriptor(value: unknown): value is Descriptor {
  if (typeof value !== "object" || value === null) return false;
  const { mediaType, digest, size } = value as Partial<Record<keyof Descriptor, unknown>>;
  const sized = Number.isSafeInteger(size) && (size as number) >= 0;
  return typeof mediaType === "string" && typeof digest === "string" && isDigest(digest) && sized;
}
