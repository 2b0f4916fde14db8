import { posix } from "node:path";
import { readTar } from "../archive/index.ts";
import { TareError } from "../base/index.ts";

/** Where a file's bytes are in a tar. */
export interface TarPlace {
  readonly start: number;
  readonly size: number;
}

/** Archives of images have a few files for each layer. */
const MAX_MEMBERS = 100_000;
/** Legacy docker archives have one link from a repeated layer to the first one. */
const MAX_LINKS = 8;

/**
 * The places of a tar's files by name, those that links of the same tar lead to included, as `docker save` of old writes
 * repeated layers. `integrity-archive` for names and links that lead out of the archive, and for a name that is there twice.
 */
export async function tarPlaces(bytes: AsyncIterable<Uint8Array>): Promise<ReadonlyMap<string, TarPlace>> {
  const places = new Map<string, TarPlace>();
  const links = new Map<string, string>();
  let members = 0;
  for await (const { header, offset } of readTar(bytes)) {
    if (++members > MAX_MEMBERS) throw refused(`it has more than ${MAX_MEMBERS} members`);
    const name = cleanName(header.name);
    if (header.type === "dir") continue;
    if (places.has(name) || links.has(name)) throw refused(`it has ${JSON.stringify(name)} twice`);
    if (header.type === "file" && offset !== undefined)
      places.set(name, { start: offset, size: header.size });
    else if (header.type === "symlink") links.set(name, linkTarget(name, header.linkname));
    else if (header.type === "hardlink") links.set(name, cleanName(header.linkname));
  }
  for (const name of links.keys()) {
    const place = follow(name, places, links);
    if (place) places.set(name, place);
  }
  return places;
}

/** A name as it stands in an archive, `./` aside; one that leads elsewhere is refused. */
export function cleanName(name: string): string {
  const clean = posix.normalize(name).replace(/\/$/, "");
  if (name.startsWith("/") || clean === ".." || clean.startsWith("../"))
    throw refused(`the name ${JSON.stringify(name)} leads out of it`);
  return clean;
}

function linkTarget(name: string, target: string): string {
  if (!target.startsWith("/")) return cleanName(posix.join(posix.dirname(name), target));
  throw refused(`${JSON.stringify(name)} is a link to ${JSON.stringify(target)}, which leads out of it`);
}

function follow(
  name: string,
  places: ReadonlyMap<string, TarPlace>,
  links: ReadonlyMap<string, string>,
): TarPlace | undefined {
  let at = name;
  for (let steps = 0; steps <= MAX_LINKS; steps++) {
    const next = links.get(at);
    if (next === undefined) return places.get(at);
    at = next;
  }
  throw refused(`the link ${JSON.stringify(name)} leads through more than ${MAX_LINKS} links`);
}

function refused(why: string): TareError {
  return new TareError("integrity-archive", `the archive is refused: ${why}`, {
    hint: "make it again with a program that you trust",
  });
}
