import { decompress } from "../archive/index.ts";
import { TareError } from "../base/index.ts";
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
  return atMost(decompress(exactly(place.blob(descriptor), descriptor.size)), tarSize);
}

/** The same bytes; `integrity-digest` as soon as they are more than they should be. */
async function* atMost(bytes: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > limit) throw new TareError("integrity-digest", `it has more than ${limit} bytes`);
    yield chunk;
  }
}

async function* exactly(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let found = 0;
  for await (const chunk of atMost(bytes, size)) {
    found += chunk.length;
    yield chunk;
  }
  if (found !== size) throw new TareError("integrity-digest", `it has ${found} bytes instead of ${size}`);
}
