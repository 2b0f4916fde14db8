import { type Digest, parseDigest } from "../base/index.ts";
import { parseStanza, type Stanza } from "./control.ts";
import { compareVersions } from "./version.ts";

/** One package of a repository. */
export interface PackageInfo {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly fields: Stanza;
  /** Address of the .deb. */
  readonly url: string;
  readonly size: number;
  readonly sha256: Digest;
}

/** The packages of several repositories by name, the newest version of each. */
export interface PackageIndex {
  find(name: string): PackageInfo | undefined;
  /** Packages that provide a virtual one. */
  providers(name: string): readonly PackageInfo[];
  /** Packages that are Essential or of Priority required. */
  base(): readonly PackageInfo[];
}

/** A Packages file and the repository that its paths count from. */
export interface PackagesFile {
  readonly bytes: Buffer;
  readonly repository: string;
}

/** Where a stanza begins. */
interface Place {
  readonly file: PackagesFile;
  readonly start: number;
}

/**
 * Makes an index over Packages files. They are large (60,000 stanzas), so a stanza stays bytes until somebody
 * asks for it: all that is remembered is where the newest version of each name stands.
 */
export function indexPackages(files: readonly PackagesFile[]): PackageIndex {
  const places = newestPlaces(files);
  const base = new Set<string>();
  const provided = new Map<string, Set<string>>();
  for (const file of files) {
    for (const label of ["\nEssential: yes\n", "\nPriority: required\n"])
      for (const at of occurrences(file.bytes, label)) base.add(nameAround(file, at, places) ?? "");
    for (const at of occurrences(file.bytes, PROVIDES)) {
      const name = nameAround(file, at, places);
      if (name === undefined) continue;
      for (const virtual of virtualNames(lineFrom(file.bytes, at + PROVIDES.length)))
        provided.set(virtual, (provided.get(virtual) ?? new Set()).add(name));
    }
  }
  base.delete("");
  const opened = new Map<string, PackageInfo>();
  const find = (name: string) => {
    const place = places.get(name);
    if (!place) return undefined;
    const info = opened.get(name) ?? open(place);
    opened.set(name, info);
    return info;
  };
  const all = (names: Iterable<string>) => [...names].map(find).filter((info) => info !== undefined);
  return { find, providers: (name) => all(provided.get(name) ?? []), base: () => all(base) };
}

const PACKAGE = "\nPackage: ";
const VERSION = "\nVersion: ";
const PROVIDES = "\nProvides: ";

function newestPlaces(files: readonly PackagesFile[]): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const file of files)
    for (const start of starts(file.bytes)) {
      const name = nameAt(file.bytes, start);
      const version = name === undefined ? undefined : versionAt({ file, start });
      if (name === undefined || version === undefined) continue;
      const known = places.get(name);
      if (!known || compareVersions(versionAt(known) as string, version) < 0)
        places.set(name, { file, start });
    }
  return places;
}

/** Where stanzas begin. */
function* starts(bytes: Buffer): Generator<number> {
  if (bytes.length > 0) yield 0;
  for (const at of occurrences(bytes, "\n\n")) if (at + 2 < bytes.length) yield at + 2;
}

function* occurrences(bytes: Buffer, text: string): Generator<number> {
  const wanted = Buffer.from(text);
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + wanted.length - 1)) yield at;
}

/** The name of the package whose stanza a byte is in, if it is the newest version. */
function nameAround(file: PackagesFile, at: number, places: ReadonlyMap<string, Place>): string | undefined {
  const gap = file.bytes.lastIndexOf("\n\n", at);
  const start = gap < 0 ? 0 : gap + 2;
  const name = nameAt(file.bytes, start);
  const place = name === undefined ? undefined : places.get(name);
  return place?.file === file && place.start === start ? name : undefined;
}

function nameAt(bytes: Buffer, start: number): string | undefined {
  const label = PACKAGE.slice(1);
  if (bytes.toString("latin1", start, start + label.length) === label)
    return lineFrom(bytes, start + label.length);
  return fieldAt(bytes, start, PACKAGE);
}

function versionAt({ file, start }: Place): string | undefined {
  return fieldAt(file.bytes, start, VERSION);
}

function fieldAt(bytes: Buffer, start: number, label: string): string | undefined {
  const at = bytes.indexOf(label, start, "latin1");
  return at < 0 || at > endOf(bytes, start) ? undefined : lineFrom(bytes, at + label.length);
}

function endOf(bytes: Buffer, start: number): number {
  const gap = bytes.indexOf("\n\n", start, "latin1");
  return gap < 0 ? bytes.length : gap;
}

function lineFrom(bytes: Buffer, start: number): string {
  const end = bytes.indexOf(LINE_FEED, start);
  return bytes.toString("latin1", start, end < 0 ? bytes.length : end).trim();
}

const LINE_FEED = 10;

function open({ file, start }: Place): PackageInfo {
  const fields = parseStanza(file.bytes.toString("utf8", start, endOf(file.bytes, start)));
  const get = (name: string) => fields.get(name) ?? "";
  return {
    name: get("Package"),
    version: get("Version"),
    architecture: get("Architecture"),
    fields,
    url: `${file.repository}/${get("Filename")}`,
    size: Number(get("Size")),
    sha256: parseDigest(`sha256:${get("SHA256")}`),
  };
}

function virtualNames(provides: string): readonly string[] {
  return provides.split(",").map((item) => item.trim().split(/[\s(:]/)[0] as string);
}
