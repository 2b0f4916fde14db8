import { type Digest, isDigest, TareError } from "../base/index.ts";
import { parseStanza, type Stanza } from "./control.ts";
import type { PackageFile } from "./resolved.ts";
import { compareVersions } from "./version.ts";

/** One version of a package in a repository. */
export interface PackageInfo extends PackageFile {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly fields: Stanza;
}

/** The packages of several repositories. */
export interface PackageIndex {
  /**
   * Every version of a package, the one that apt takes by itself first: from repositories that ask not to be
   * used automatically (NotAutomatic) only after those of all others, then newer before older.
   */
  versions(name: string): readonly PackageInfo[];
  /** The first of the versions. */
  find(name: string): PackageInfo | undefined;
  /** Packages of any version that provide a virtual one. */
  providers(name: string): readonly PackageInfo[];
  /** Packages whose first version is Essential or of Priority required. */
  base(): readonly PackageInfo[];
}

/** A Packages file. */
export interface PackagesFile {
  readonly bytes: Buffer;
  /** Id of the source that its paths count from. */
  readonly repository: string;
  /** apt's priority of what is in it (apt_preferences(5)); default 500. */
  readonly priority?: number;
}

/** Where a stanza begins. */
interface Place {
  readonly file: PackagesFile;
  readonly start: number;
}

/**
 * Makes an index over Packages files. They are large (60,000 stanzas), so a stanza stays bytes until somebody
 * asks for it: all that is remembered is where those of each name stand.
 */
export function indexPackages(files: readonly PackagesFile[]): PackageIndex {
  const places = placesByName(files);
  const provided = new Map<string, Place[]>();
  for (const file of files)
    for (const at of occurrences(file.bytes, PROVIDES)) {
      const place = { file, start: startAround(file.bytes, at) };
      for (const virtual of virtualNames(lineFrom(file.bytes, at + PROVIDES.length)))
        append(provided, virtual, place);
    }
  const opened = new Map<PackagesFile, Map<number, PackageInfo>>(files.map((file) => [file, new Map()]));
  const infoAt = (place: Place) => {
    const known = opened.get(place.file) as Map<number, PackageInfo>;
    const info = known.get(place.start) ?? open(place);
    known.set(place.start, info);
    return info;
  };
  const sorted = new Map<string, readonly PackageInfo[]>();
  const versions = (name: string) => {
    const known = sorted.get(name) ?? byPreference(places.get(name) ?? []).map(infoAt);
    sorted.set(name, known);
    return known;
  };
  const isVersion = (info: PackageInfo) => versions(info.name).includes(info);
  return {
    versions,
    find: (name) => versions(name)[0],
    providers: (name) => (provided.get(name) ?? []).map(infoAt).filter(isVersion),
    base: () =>
      basePlaces(files)
        .map(infoAt)
        .filter((info) => versions(info.name)[0] === info),
  };
}

const PACKAGE = "\nPackage: ";
const VERSION = "\nVersion: ";
const PROVIDES = "\nProvides: ";
const BASE = ["\nEssential: yes\n", "\nPriority: required\n"];
const AUTOMATIC = 500;

function placesByName(files: readonly PackagesFile[]): ReadonlyMap<string, readonly Place[]> {
  const places = new Map<string, Place[]>();
  for (const file of files)
    for (const start of starts(file.bytes)) {
      const name = nameAt(file.bytes, start);
      if (name !== undefined) append(places, name, { file, start });
    }
  return places;
}

function append(map: Map<string, Place[]>, key: string, place: Place): void {
  const known = map.get(key);
  if (known) known.push(place);
  else map.set(key, [place]);
}

/** Of one version that stands in several places, the first. */
function byPreference(places: readonly Place[]): readonly Place[] {
  const known = places
    .map((place) => ({ place, version: versionAt(place), priority: place.file.priority ?? AUTOMATIC }))
    .filter(({ version }) => version !== "")
    .sort((a, b) => b.priority - a.priority || compareVersions(b.version, a.version));
  return known
    .filter(({ version }, at) => known.findIndex((one) => one.version === version) === at)
    .map(({ place }) => place);
}

/** Each stanza once, in the order of the files. */
function basePlaces(files: readonly PackagesFile[]): readonly Place[] {
  return files.flatMap((file) => {
    const found = BASE.flatMap((label) => [...occurrences(file.bytes, label)]);
    const unique = new Set(found.map((at) => startAround(file.bytes, at)));
    return [...unique].map((start) => ({ file, start }));
  });
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

/** Where the stanza begins that a byte is in. */
function startAround(bytes: Buffer, at: number): number {
  const gap = bytes.lastIndexOf("\n\n", at);
  return gap < 0 ? 0 : gap + 2;
}

function nameAt(bytes: Buffer, start: number): string | undefined {
  const label = PACKAGE.slice(1);
  if (bytes.toString("latin1", start, start + label.length) === label)
    return lineFrom(bytes, start + label.length);
  return fieldAt(bytes, start, PACKAGE);
}

function versionAt({ file, start }: Place): string {
  return fieldAt(file.bytes, start, VERSION) ?? "";
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
    repository: file.repository,
    path: get("Filename").replace(/^\.\//, ""),
    size: Number(get("Size")),
    get sha256() {
      return digestOf(get("SHA256"), `${get("Package")} ${get("Version")}`);
    },
  };
}

function digestOf(hex: string, name: string): Digest {
  const digest = `sha256:${hex}`;
  if (isDigest(digest)) return digest;
  throw new TareError("integrity-digest", `the package list has no SHA256 of ${name}`, {
    hint: "a repository has to list SHA256 hashes; tell those who run it",
  });
}

function virtualNames(provides: string): readonly string[] {
  return provides.split(",").map((item) => item.trim().split(/[\s(:]/)[0] as string);
}
