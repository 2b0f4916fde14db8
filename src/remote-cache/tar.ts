import { decompress } from "../archive/index.ts";
import { atMost, exactly } from "../base/index.ts";
import type { Descriptor } from "../oci/index.ts";
import type { CachePlace } from "./place.ts";

/**
 * The uncompressed tar that a cache has as a blob. The blob is verified; neither it nor the tar is let to be longer than
 * it was said to be, so a small blob can not fill a disk. Whoever takes the tar checks its digest.
 */
export function tarOf(
  place: CachePlace,
  { descriptor, tarSize }: { readonly descriptor: Descriptor; readonly tarSize: number },
): AsyncIterable<Uint8Array> {
  const blob = exactly(place.blob(descriptor), { size: descriptor.size, what: "it" });
  return atMost(decompress(blob), { size: tarSize, what: "it" });
}
