import { collectBytes, TareError } from "../base/index.ts";
import { type Descriptor, isDescriptor } from "../oci/index.ts";
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
  let bad: string | undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"), (key, inner: unknown) => {
      if (isPrototypeKey(key, inner)) bad = key;
      return inner;
    });
    if (typeof value === "object" && value !== null && bad === undefined) return value as T;
  } catch {
    // Told below.
  }
  if (bad !== undefined)
    throw new TareError("integrity-archive", `${what} has the key ${JSON.stringify(bad)}`);
  throw new TareError("integrity-archive", `${what} is not a JSON object`);
}

/** A label may be called `constructor`; nothing has that with a prototype in it. */
function isPrototypeKey(key: string, value: unknown): boolean {
  if (key === "__proto__") return true;
  return (
    key === "constructor" && typeof value === "object" && value !== null && Object.hasOwn(value, "prototype")
  );
}

/** A list of descriptors, checked. */
export function descriptorsOf(value: unknown, what: string): readonly Descriptor[] {
  if (Array.isArray(value) && value.every(isDescriptor)) return value;
  throw new TareError("integrity-archive", `${what} of the OCI layout has something that is no descriptor`);
}
