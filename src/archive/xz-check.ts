import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** A checksum of a block's content, as the stream's header chose it. */
export interface XzCheck {
  update(bytes: Uint8Array): void;
  /** Whether this is the checksum. One of a kind that is not known fits always. */
  matches(expected: Uint8Array): boolean;
}

/** Bytes of each kind of check (xz file format 1.2, 2.1.1.2 "Stream Flags"). */
export const XZ_CHECK_SIZE: readonly number[] = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

/** A new check of a kind. */
export function xzCheck(kind: number): XzCheck {
  switch (kind) {
    case 1:
      return crc32Check();
    case 4:
      return crc64Check();
    case 10: {
      const hash = createHash("sha256");
      return {
        update: (bytes) => void hash.update(bytes),
        matches: (expected) => hash.digest().equals(expected),
      };
    }
    default:
      return { update: () => undefined, matches: () => true };
  }
}

function crc32Check(): XzCheck {
  let crc = 0;
  return {
    update: (bytes) => {
      crc = crc32(bytes, crc);
    },
    matches: (expected) => Buffer.from(expected).readUInt32LE(0) === crc,
  };
}

/** CRC-64 of ECMA-182 with its bits reversed, in two halves because numbers have 53 bits. */
function crc64Check(): XzCheck {
  const { low, high } = crc64Table();
  let crcLow = 0xffffffff;
  let crcHigh = 0xffffffff;
  return {
    update: (bytes) => {
      for (const byte of bytes) {
        const index = (crcLow ^ byte) & 0xff;
        crcLow = ((crcLow >>> 8) | (crcHigh << 24)) ^ (low[index] as number);
        crcHigh = (crcHigh >>> 8) ^ (high[index] as number);
      }
    },
    matches: (expected) => {
      const bytes = Buffer.from(expected);
      return bytes.readUInt32LE(0) === ~crcLow >>> 0 && bytes.readUInt32LE(4) === ~crcHigh >>> 0;
    },
  };
}

function crc64Table(): { readonly low: Uint32Array; readonly high: Uint32Array } {
  const low = new Uint32Array(256);
  const high = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) value = (value & 1n ? 0xc96c5795d7870f42n : 0n) ^ (value >> 1n);
    low[byte] = Number(value & 0xffffffffn);
    high[byte] = Number(value >> 32n);
  }
  return { low, high };
}
