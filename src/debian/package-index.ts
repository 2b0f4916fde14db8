import { type Digest, isDigest, TareError } from "../base/index.ts";
import { parseStanza, type Stanza } from "../text/index.ts";
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
  /** Of every package, real or virtual. */
  names(): readonly string[];
}

/** A Packages file, or some stanzas of one that stand behind one another. */
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
 * Where a stanza begins, as one number: counted through all files, as if they were one. There are 70,000 of
 * them, and as numbers they take a third of the memory.
 */
type Position = number;

/** Places by name. Nearly every name has one. */
type Positions = Map<string, Position | Position[]>;

/**
 * Makes an index over Packages files. They are large (60,000 stanzas), so a stanza stays bytes until somebody
 * asks for it: all that is remembered is where those of each name stand.
 */
export function indexPackages(files: readonly PackagesFile[]): PackageIndex {
  const located = withOffsets(files);
  const [places, provided] = [placesByName(located), providersByName(located)];
  const opened = new Map<Position, PackageInfo>();
  const infoAt = (position: Position) => {
    const info = opened.get(position) ?? open(placeOf(position, located));
    opened.set(position, info);
    return info;
  };
  const sorted = new Map<string, readonly PackageInfo[]>();
  const versions = (name: string) => {
    const known = sorted.get(name) ?? byPreference(positionsOf(places, name), located).map(infoAt);
    sorted.set(name, known);
    return known;
  };
  return {
    versions,
    find: (name) => versions(name)[0],
    providers: (name) =>
      positionsOf(provided, name)
        .map(infoAt)
        .filter((info) => versions(info.name).includes(info)),
    base: () =>
      basePositions(located)
        .map(infoAt)
        .filter((info) => versions(info.name)[0] === info),
    names: () => [...places.keys(), ...provided.keys()],
  };
}

const PACKAGE = "\nPackage: ";
const VERSION = "\nVersion: ";
const PROVIDES = "\nProvides: ";
const BASE = ["\nEssential: yes\n", "\nPriority: required\n"];
const AUTOMATIC = 500;

/** A file and the position of its first byte. */
interface LocatedFile {
  readonly file: PackagesFile;
  readonly offset: Position;
}

function withOffsets(files: readonly PackagesFile[]): readonly LocatedFile[] {
  let offset = 0;
  return files.map((file) => {
    const located = { file, offset };
    offset += file.bytes.length;
    return located;
  });
}

function placeOf(position: Position, located: readonly LocatedFile[]): Place {
  const { file, offset } = located.findLast((one) => one.offset <= position) as LocatedFile;
  return { file, start: position - offset };
}

function placesByName(located: readonly LocatedFile[]): Positions {
  const places: Positions = new Map();
  for (const { file, offset } of located)
    for (const start of starts(file.bytes)) {
      const name = nameAt(file.bytes, start);
      if (name !== undefined) append(places, name, offset + start);
    }
  return places;
}

function providersByName(located: readonly LocatedFile[]): Positions {
  const provided: Positions = new Map();
  for (const { file, offset } of located)
    for (const at of occurrences(file.bytes, PROVIDES)) {
      const position = offset + startAround(file.bytes, at);
      for (const virtual of virtualNames(lineFrom(file.bytes, at + PROVIDES.length)))
        append(provided, virtual, position);
    }
  return provided;
}

function append(map: Positions, key: string, position: Position): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, position);
  else if (typeof known === "number") map.set(key, [known, position]);
  else known.push(position);
}

function positionsOf(map: Positions, key: string): readonly Position[] {
  const known = map.get(key) ?? [];
  return typeof known === "number" ? [known] : known;
}

/** Of one version that stands in several places, the first. */
function byPreference(positions: readonly Position[], located: readonly LocatedFile[]): readonly Position[] {
  const known = positions
    .map((position) => ({ position, place: placeOf(position, located) }))
    .map(({ position, place }) => ({
      position,
      version: versionAt(place),
      priority: place.file.priority ?? AUTOMATIC,
    }))
    .filter(({ version }) => version !== "")
    .sort((a, b) => b.priority - a.priority || compareVersions(b.version, a.version));
  return known
    .filter(({ version }, at) => known.findIndex((one) => one.version === version) === at)
    .map(({ position }) => position);
}

/** Each stanza once, in the order of the files. */
function basePositions(located: readonly LocatedFile[]): readonly Position[] {
  return located.flatMap(({ file, offset }) => {
    const found = BASE.flatMap((label) => [...occurrences(file.bytes, label)]);
    return [...new Set(found.map((at) => offset + startAround(file.bytes, at)))];
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
