import { crc32, deflateRawSync } from "node:zlib";

// Java archives for the tests of this folder.

/** A member's name and content. */
export type Member = readonly [name: string, content: Uint8Array | string];

/** A zip archive as jar(1) writes it, every second member stored as it is. */
export function zipOf(members: readonly Member[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [at, [name, text]] of members.entries()) {
    const content = Buffer.from(text);
    const packed = at % 2 === 0 ? deflateRawSync(content) : content;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(at % 2 === 0 ? 8 : 0, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), common, rest, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

/** What Maven writes into the archive of an artifact of `org.example`. */
export function properties(artifact: string): Member {
  const text = `#Created by Maven\r\nartifactId=${artifact}\r\ngroupId=org.example\r\nversion=1.0\r\n`;
  return [`META-INF/maven/org.example/${artifact}/pom.properties`, text];
}
