import { samePlatform } from "./platform.ts";
import type { Platform } from "./types.ts";

/** What of an image an annotation stands on (OCI image-spec, annotations.md), by BuildKit's names. */
export const ANNOTATED = ["manifest", "index", "manifest-descriptor", "index-descriptor"] as const;

/** One annotation, and where it belongs. */
export interface Annotation {
  readonly on: (typeof ANNOTATED)[number];
  /** Of manifests and their descriptors the only platform; absent: all of them. */
  readonly platform?: Platform;
  readonly key: string;
  readonly value: string;
}

/** Those that stand on one document or descriptor, of one key the last; undefined when there are none. */
export function annotationsOn(
  all: readonly Annotation[],
  on: Annotation["on"],
  platform?: Platform,
): Readonly<Record<string, string>> | undefined {
  const own = all.filter(
    (one) =>
      one.on === on && (one.platform === undefined || (platform && samePlatform(one.platform, platform))),
  );
  return own.length > 0 ? Object.fromEntries(own.map(({ key, value }) => [key, value])) : undefined;
}
