import type { ReportImage } from "../../data.ts";
import type { Part } from "./tree.ts";

/** What a search has found in an image. */
export interface Found {
  /** 1 at the places of the files that match. */
  readonly files: Uint8Array;
  readonly matches: number;
  readonly size: number;
  /** Places of packages that match by themselves. */
  readonly packages: ReadonlySet<number>;
}

/** Files whose path, or whose package's name, holds every word; in any case of letters. Undefined without a word. */
export function search(image: ReportImage, query: string): Found | undefined {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return undefined;
  const { files, packages } = image;
  const holds = (text: string) => words.every((word) => text.includes(word));
  const named = new Set<number>();
  for (const [place, { name, version }] of packages.entries())
    if (holds(`${name} ${version}`.toLowerCase())) named.add(place);
  const folders = files.folders.map((path) => `/${path}/`.replace("//", "/").toLowerCase());
  const found = new Uint8Array(files.names.length);
  let matches = 0;
  let size = 0;
  for (const [place, name] of files.names.entries()) {
    const path = (folders[files.folder[place] as number] as string) + name.toLowerCase();
    if (!named.has(files.package[place] as number) && !holds(path)) continue;
    found[place] = 1;
    matches++;
    size += files.sizes[place] as number;
  }
  return { files: found, matches, size, packages: named };
}

/** How many bytes of every part match; parts that are not in it have none. */
export function matchedSizes(root: Part, { files }: Found): ReadonlyMap<Part, number> {
  const sizes = new Map<Part, number>();
  const open = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.file === undefined) open.push(...node.children);
    else if (files[node.file] === 1)
      // An empty file counts a little, so that it is not as if it were not there.
      for (let at: Part | undefined = node; at; at = at.parent)
        sizes.set(at, (sizes.get(at) ?? 0) + Math.max(1, node.size));
  }
  return sizes;
}

/** The largest files that match, at most so many. */
export function largest(image: ReportImage, { files }: Found, most: number): readonly number[] {
  const places: number[] = [];
  for (const [place, hit] of files.entries()) if (hit === 1) places.push(place);
  const { sizes } = image.files;
  return places.sort((a, b) => (sizes[b] as number) - (sizes[a] as number)).slice(0, most);
}

/** `/usr/lib/x.so`. */
export function pathOfFile({ files }: ReportImage, place: number): string {
  const folder = files.folders[files.folder[place] as number] as string;
  return folder === "" ? `/${files.names[place]}` : `/${folder}/${files.names[place]}`;
}
