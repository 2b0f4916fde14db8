import { TareError } from "../base/index.ts";
import { uncompressed, uncompressedStream } from "./uncompressed.ts";

/** A .deb taken apart: two tar archives, uncompressed. */
export interface Deb {
  readonly control: Buffer;
  /** To be read once; `integrity-archive` when what it is made of is damaged. */
  readonly data: AsyncIterable<Uint8Array>;
}

/** Reads a .deb (deb(5)): an ar archive of debian-binary, control.tar and data.tar in any compression. */
export async function readDeb(bytes: Buffer, name: string): Promise<Deb> {
  const members = new Map([...arMembers(bytes, name)].map((member) => [member.name, member.content]));
  const find = (prefix: string) => [...members].find(([member]) => member.startsWith(prefix))?.[1];
  const [control, data] = [find("control.tar"), find("data.tar")];
  if (!members.get("debian-binary")?.toString("latin1").startsWith("2.") || !control || !data)
    throw new TareError("integrity-archive", `${name} is not a Debian package of format 2`);
  return { control: await uncompressed(control), data: uncompressedStream(data) };
}

function* arMembers(
  bytes: Buffer,
  name: string,
): Generator<{ readonly name: string; readonly content: Buffer }> {
  if (bytes.toString("latin1", 0, 8) !== "!<arch>\n")
    throw new TareError("integrity-archive", `${name} is not an ar archive`);
  for (let at = 8; at + 60 <= bytes.length; ) {
    const header = bytes.toString("latin1", at, at + 60);
    const digits = header.slice(48, 58).trim();
    const size = Number(digits);
    if (header.slice(58) !== "`\n" || !/^[0-9]+$/.test(digits) || at + 60 + size > bytes.length)
      throw new TareError("integrity-archive", `${name} has a damaged member header at byte ${at}`);
    yield {
      name: header.slice(0, 16).trim().replace(/\/$/, ""),
      content: bytes.subarray(at + 60, at + 60 + size),
    };
    at += 60 + size + (size % 2);
  }
}
