import { collectBytes, TareError } from "../base/index.ts";
import { type Descriptor, isDescriptor, readJsonObject } from "../oci/index.ts";
import type { LayoutReader } from "./reader.ts";

const MAX_JSON = 16 << 20;

/** The bytes of a small blob; `integrity-*` when they are not what the descriptor says. */
export async function collectBlob(reader: LayoutReader, descriptor: Descriptor): Promise<Uint8Array> {
  const { digest, size } = descriptor;
  if (size > MAX_JSON)
    throw new TareError("integrity-archive", `${digest} has ${size} bytes, which is no manifest`);
  return collectBytes(reader.blob(descriptor));
}

/**
 * JSON of a layout or an archive; `integrity-archive` when it is no object, or has a key that means something to
 * JavaScript and nothing to an image. What is in it is still to be checked.
 */
export function parseObject<T>(bytes: Uint8Array, what: string): T {
  const found = readJsonObject(bytes);
  if ("value" in found) return found.value as T;
  throw new TareError("integrity-archive", `${what} ${found.problem}`);
}

/** A list of descriptors, checked. */
export function descriptorsOf(value: unknown, what: string): readonly Descriptor[] {
  if (Array.isArray(value) && value.every(isDescriptor)) return value;
  throw new TareError("integrity-archive", `${what} of the OCI layout has something that is no descriptor`);
}
