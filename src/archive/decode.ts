import { decodeName, TareError } from "../base/index.ts";
import { TAR_BLOCK } from "./header.ts";
import { decodeNumber } from "./number-field.ts";

/** One header block, taken by itself; names are bytes still. */
export interface RawHeader {
  readonly name: Uint8Array;
  /** The type flag as a character; `0` for the NUL of old archives. */
  readonly flag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly linkname: Uint8Array;
  readonly uname: string;
  readonly gname: string;
  readonly major: number;
  readonly minor: number;
}

/**
 * Reads a header block of any of the known layouts: V7, POSIX ustar, GNU, star. `at` is its position
 * in the archive, for the error when the checksum or a number is wrong.
 */
export function decodeHeader(block: Uint8Array, at: number): RawHeader {
  checkSum(block, at);
  const layout = layoutOf(block);
  const number = (name: string, offset: number, length: number): number => {
    const value = decodeNumber(block, offset, length);
    if (value === undefined) throw broken(at, `the ${name} is not a number that can be read`);
    return value;
  };
  const old = layout === "v7";
  return {
    name: joinName(block, layout),
    flag: block[FLAG] === 0 ? "0" : String.fromCharCode(block[FLAG] as number),
    mode: number("mode", 100, 8) & 0o7777,
    uid: ownerNumber(number("uid", 108, 8), at),
    gid: ownerNumber(number("gid", 116, 8), at),
    size: number("size", 124, 12),
    mtime: number("mtime", 136, 12),
    linkname: text(block, 157, 100),
    uname: old || block[265] === 0 ? "" : decodeName(text(block, 265, 32)),
    gname: old || block[297] === 0 ? "" : decodeName(text(block, 297, 32)),
    major: old ? 0 : number("device number", 329, 8),
    minor: old ? 0 : number("device number", 337, 8),
  };
}

/** Whether a block is all zero, as the end of an archive is. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** A tar that can not be read, with the position of the header that is to blame. */
export function broken(at: number, why: string): TareError {
  return new TareError("integrity-archive", `broken tar: header at byte ${at}: ${why}`, {
    hint: "check that the file is a complete tar archive, compressed by gzip, bzip2, xz, zstd or not at all",
  });
}

type Layout = "v7" | "ustar" | "gnu" | "star";

const FLAG = 156;
const CHECKSUM = 148;

/** The field counts as spaces. Some old programs summed signed bytes. */
function checkSum(block: Uint8Array, at: number): void {
  let sum = 8 * 0x20;
  for (let index = 0; index < CHECKSUM; index++) sum += block[index] as number;
  for (let index = CHECKSUM + 8; index < TAR_BLOCK; index++) sum += block[index] as number;
  const stated = decodeNumber(block, CHECKSUM, 8);
  if (stated !== sum && stated !== sum - 0x100 * negativeBytes(block))
    throw broken(at, "the checksum is wrong");
}

function negativeBytes(block: Uint8Array): number {
  let count = 0;
  for (let index = 0; index < TAR_BLOCK; index++)
    if ((block[index] as number) >= 0x80 && (index < CHECKSUM || index >= CHECKSUM + 8)) count++;
  return count;
}

function layoutOf(block: Uint8Array): Layout {
  if (hasBytes(block, 257, USTAR)) return hasBytes(block, 508, STAR) ? "star" : "ustar";
  return hasBytes(block, 257, GNU) ? "gnu" : "v7";
}

const USTAR = Buffer.from("ustar\0");
const GNU = Buffer.from("ustar  \0");
const STAR = Buffer.from("tar\0");

function hasBytes(block: Uint8Array, offset: number, wanted: Uint8Array): boolean {
  for (let at = 0; at < wanted.length; at++) if (block[offset + at] !== wanted[at]) return false;
  return true;
}

/** GNU keeps other things where POSIX has the first part of a long name; star has a shorter one. */
function joinName(block: Uint8Array, layout: Layout): Uint8Array {
  const name = text(block, 0, 100);
  if (layout === "v7" || layout === "gnu") return name;
  const prefix = text(block, 345, layout === "star" ? 131 : 155);
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from("/"), name]);
}

/** A copy, because the block's memory is the stream's. */
function text(block: Uint8Array, offset: number, length: number): Uint8Array {
  if (block[offset] === 0) return EMPTY;
  const end = block.indexOf(0, offset);
  return Buffer.from(block.subarray(offset, end < 0 ? offset + length : Math.min(end, offset + length)));
}

const EMPTY = new Uint8Array(0);

/** Owners are unsigned to the kernel; some programs wrote theirs, such as nobody's -2, with a sign. */
function ownerNumber(value: number, at: number): number {
  const owner = value < 0 ? value + 2 ** 32 : value;
  if (owner < 0 || owner >= 2 ** 32) throw broken(at, "a user or group number that can not be");
  return owner;
}
