import { decodeName, TareError } from "../base/index.ts";

/** One record of an extended header; the value's bytes are exact. */
export interface PaxRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

/**
 * Reads the records of an extended header: `<length> <key>=<value>\n` each, the length being that of
 * the whole record (POSIX.1-2017, pax, "pax Extended Header"). `at` is where they start in the archive.
 */
export function decodePax(bytes: Uint8Array, at: number): readonly PaxRecord[] {
  const records: PaxRecord[] = [];
  let position = 0;
  // GNU tar and Go both take zero bytes behind the last record as its end.
  while (position < bytes.length && bytes[position] !== 0) {
    const { length, body } = recordLength(bytes, position, at);
    records.push(splitRecord(bytes.subarray(body, position + length - 1), at + position));
    position += length;
  }
  return records;
}

/** The records in the order of their keys; a key appears once. */
export function encodePax(records: ReadonlyMap<string, Uint8Array>): Buffer {
  const keys = [...records.keys()].sort();
  return Buffer.concat(keys.map((key) => encodeRecord(key, records.get(key) as Uint8Array)));
}

const MAX_DIGITS = 10;
const EQUALS = 0x3d;
const NEWLINE = 0x0a;
const SPACE = 0x20;

function recordLength(
  bytes: Uint8Array,
  position: number,
  at: number,
): { readonly length: number; readonly body: number } {
  const space = bytes.subarray(position, position + MAX_DIGITS + 1).indexOf(SPACE);
  const digits = Buffer.from(bytes.subarray(position, position + Math.max(space, 0))).toString("latin1");
  const length = /^[0-9]+$/.test(digits) ? Number(digits) : 0;
  const end = position + length;
  if (length < digits.length + 4 || end > bytes.length || bytes[end - 1] !== NEWLINE)
    throw bad(at + position, "a record's length is wrong");
  return { length, body: position + space + 1 };
}

function splitRecord(record: Uint8Array, at: number): PaxRecord {
  const equals = record.indexOf(EQUALS);
  if (equals < 1) throw bad(at, "a record has no key");
  return { key: decodeName(record.subarray(0, equals)), value: record.subarray(equals + 1) };
}

function encodeRecord(key: string, value: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`, "utf8"), value, Buffer.from("\n")]);
  let length = body.length;
  // The length counts its own digits, which may make it one digit longer.
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return Buffer.concat([Buffer.from(String(length)), body]);
}

function bad(at: number, why: string): TareError {
  return new TareError("integrity-archive", `broken tar: extended header at byte ${at}: ${why}`);
}
