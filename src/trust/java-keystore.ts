import { createHash } from "node:crypto";

const MAGIC = 0xfeedfeed;
const VERSION = 2;
const TRUSTED_CERTIFICATE = 2;
const PASSWORD = "changeit";

/**
 * A Java key store (JKS) that holds certificates as trusted, with the password that Java's own store has.
 * The same certificates give the same bytes: every entry is dated 1970.
 */
export function javaKeyStore(certificates: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat([
    uint32(MAGIC),
    uint32(VERSION),
    uint32(certificates.length),
    ...certificates.map(entry),
  ]);
  return Buffer.concat([body, integrity(body)]);
}

function entry(certificate: Uint8Array, index: number): Buffer {
  const date = Buffer.alloc(8);
  return Buffer.concat([
    uint32(TRUSTED_CERTIFICATE),
    text(`tare-${index}`),
    date,
    text("X.509"),
    uint32(certificate.length),
    certificate,
  ]);
}

/** The store ends in a SHA-1 over the password in UTF-16, a fixed phrase, and all of the content. */
function integrity(body: Uint8Array): Buffer {
  const password = Buffer.from(PASSWORD, "utf16le").swap16();
  return createHash("sha1").update(password).update("Mighty Aphrodite").update(body).digest();
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
