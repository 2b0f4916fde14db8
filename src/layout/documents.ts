import { sha256, TareError } from "../base/index.ts";
import { type Descriptor, isDescriptor } from "../oci/index.ts";
import type { LayoutReader } from "./reader.ts";

const MAX_JSON = 16 << 20;

/** The bytes of a small blob; `integrity-archive` when they are not what the descriptor says. */
export async function collectBlob(reader: LayoutReader, { digest, size }: Descriptor): Promise<Uint8Array> {
  if (size > MAX_JSON)
    throw new TareError("integrity-archive", `${digest} has ${size} bytes, which is no manifest`);
  const parts: Uint8Array[] = [];
  let seen = 0;
  for await (const part of reader.blob(digest)) {
    parts.push(part);
    seen += part.length;
    if (seen > size) break;
  }
  const bytes = Buffer.concat(parts);
  if (bytes.length === size && sha256(bytes) === digest) return bytes;
  throw new TareError("integrity-archive", `${digest} of the OCI layout does not have ${size} bytes`);
}

/** JSON of a layout; `integrity-archive` when it is no object. What is in it is still to be checked. */
export function parseObject<T>(bytes: Uint8Array, what: string): T {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (typeof value === "object" && value !== null) return value as T;
  } catch {
    // Told below.
  }
  throw new TareError("integrity-archive", `${what} of the OCI layout is not a JSON object`);
}

/** A list of descriptors, checked. */
export function descriptorsOf(value: unknown, what: string): readonly Descriptor[] {
  if (Array.isArray(value) && value.every(isDescriptor)) return value;
  throw new TareError("integrity-archive", `${what} of the OCI layout has something that is no descriptor`);
}
