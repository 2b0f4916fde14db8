import { crc32 } from "node:zlib";
import type { Entry } from "./entry.ts";
import { headerLine, KINDS, sharedLength, trailerLine } from "./index-format.ts";
import type { LayerIndex } from "./layer.ts";

/** The stored form of a layer index, in chunks of about 64 KiB; see `index-format.ts`. */
export function* encodeIndex(index: LayerIndex): Generator<Uint8Array> {
  let checksum = 0;
  let text = headerLine(index.entries.length);
  let previous = "";
  for (const entry of index.entries) {
    text += encodeLine(entry, previous);
    previous = entry.path;
    if (text.length < CHUNK) continue;
    const chunk = Buffer.from(text, "utf8");
    checksum = crc32(chunk, checksum);
    text = "";
    yield chunk;
  }
  const rest = Buffer.from(text, "utf8");
  yield Buffer.concat([rest, Buffer.from(trailerLine(crc32(rest, checksum)))]);
}

const CHUNK = 64 * 1024;

function encodeLine(entry: Entry, previous: string): string {
  const { path, kind, mode, uid, gid, mtime, size, digest, offset, link, device, xattrs } = entry;
  const shared = sharedLength(previous, path);
  const fields = [shared, path.slice(shared), KINDS.indexOf(kind), mode, uid, gid, mtime, size];
  const rare = [
    digest ?? null,
    offset ?? null,
    link ?? null,
    device ? [device.major, device.minor] : null,
    xattrs ? encodeXattrs(xattrs) : null,
  ];
  while (rare.length > 0 && rare.at(-1) === null) rare.pop();
  return `${JSON.stringify([...fields, ...rare])}\n`;
}

function encodeXattrs(xattrs: Readonly<Record<string, Uint8Array>>): readonly string[] {
  return Object.keys(xattrs)
    .sort()
    .flatMap((name) => [name, Buffer.from(xattrs[name] as Uint8Array).toString("base64")]);
}
