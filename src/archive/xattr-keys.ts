import { decodeName, encodeName } from "../base/index.ts";
import type { PaxRecord } from "./pax.ts";

const SCHILY = "SCHILY.xattr.";
const LIBARCHIVE = "LIBARCHIVE.xattr.";

/**
 * The key under which an extended attribute is written. `=` would end the key, so it and `%` are
 * escaped as GNU tar does.
 */
export function xattrKey(name: string): string {
  return SCHILY + name.replaceAll("%", "%25").replaceAll("=", "%3D");
}

/** The attribute that a record stands for, or undefined when it is about something else. */
export function decodeXattr(
  record: PaxRecord,
): { readonly name: string; readonly value: Uint8Array } | undefined {
  if (record.key.startsWith(SCHILY)) {
    const name = record.key.slice(SCHILY.length).replaceAll("%3D", "=").replaceAll("%25", "%");
    return { name, value: record.value };
  }
  if (!record.key.startsWith(LIBARCHIVE)) return undefined;
  // libarchive escapes every byte of the name as in a URL, and writes the value in base 64.
  const name = decodePercent(record.key.slice(LIBARCHIVE.length));
  return { name, value: Buffer.from(Buffer.from(record.value).toString("latin1"), "base64") };
}

/** Whether the value is exact, so that it wins over libarchive's copy of the same attribute. */
export function isExactXattr(key: string): boolean {
  return key.startsWith(SCHILY);
}

function decodePercent(text: string): string {
  const bytes = encodeName(text).toString("latin1");
  const plain = bytes.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return decodeName(Buffer.from(plain, "latin1"));
}
