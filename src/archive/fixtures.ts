import { execFileSync } from "node:child_process";
import { encodeTarHeader } from "./encode.ts";
import { TAR_END, type TarHeader, tarPadding } from "./header.ts";
import { readTar } from "./reader.ts";

// What several tests of this folder build their archives with.

export const FILE: TarHeader = {
  name: "file",
  type: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  uname: "",
  gname: "",
  size: 0,
  mtime: 0,
  linkname: "",
};

export interface Read {
  readonly header: TarHeader;
  readonly offset: number | undefined;
  readonly content: Buffer;
}

export async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

export async function readAll(bytes: Uint8Array, { piece = 700 } = {}): Promise<readonly Read[]> {
  const found: Read[] = [];
  for await (const member of readTar(pieces(bytes, piece))) {
    found.push({ header: member.header, offset: member.offset, content: await collect(member.content()) });
  }
  return found;
}

export function tarOf(...members: readonly (readonly [TarHeader, Uint8Array])[]): Buffer {
  const parts = members.flatMap(([header, content]) => [
    encodeTarHeader(header),
    content,
    tarPadding(content.length),
  ]);
  return Buffer.concat([...parts, TAR_END]);
}

/** A block with its checksum set anew, to build headers that our own encoder never writes. */
export function patched(block: Uint8Array, change: (block: Buffer) => void): Buffer {
  const copy = Buffer.from(block);
  change(copy);
  copy.write("        ", 148, "latin1");
  const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return copy;
}

/** All of a stream, copied. */
export async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(Uint8Array.from(part));
  return Buffer.concat(parts);
}

/** A reason to skip a test, or false when the program is there and works. */
export function missing(program: string, ...args: readonly string[]): string | false {
  try {
    execFileSync(program, args, { stdio: "ignore", input: "" });
    return false;
  } catch {
    return `SKIPPED: ${[program, ...args].join(" ")} does not work here`;
  }
}
