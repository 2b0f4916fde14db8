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

interface Place {
  readonly file: PackagesFile;
  readonly start: number;
  readonly end: number;
  readonly version: string;
  readonly provides: readonly string[];
  readonly isBase: boolean;
}

/**
 * Makes an index over Packages files. They are large (60,000 stanzas), so each stanza stays bytes until it is
 * asked for; one pass finds the names, the versions, and who provides what.
 */
export function indexPackages(files: readonly PackagesFile[]): PackageIndex {
  const places = new Map<string, Place>();
  for (const file of files)
    for (const { start, end } of stanzas(file.bytes)) {
      const stanza = file.bytes.subarray(Math.max(0, start - 1), end);
      const name = field(stanza, LABEL.package);
      const version = field(stanza, LABEL.version);
      if (name === undefined || version === undefined) continue;
      const known = places.get(name);
      if (known && compareVersions(known.version, version) >= 0) continue;
      const isBase = field(stanza, LABEL.essential) === "yes" || field(stanza, LABEL.priority) === "required";
      const provides = virtualNames(field(stanza, LABEL.provides));
      places.set(name, { file, start, end, version, provides, isBase });
    }
  const opened = new Map<string, PackageInfo>();
  const find = (name: string) => {
    const place = places.get(name);
    if (!place) return undefined;
    const info = opened.get(name) ?? open(place);
    opened.set(name, info);
    return info;
  };
  const all = (names: Iterable<string>) => [...names].map(find).filter((info) => info !== undefined);
  const provided = providersOf(places);
  const base = [...places].filter(([, { isBase }]) => isBase).map(([name]) => name);
  return { find, providers: (name) => all(provided.get(name) ?? []), base: () => all(base) };
}

/** Only once all versions are known: what the newest one of a package does not provide any more does not count. */
function providersOf(places: ReadonlyMap<string, Place>): ReadonlyMap<string, ReadonlySet<string>> {
  const provided = new Map<string, Set<string>>();
  for (const [name, { provides }] of places)
    for (const virtual of provides) provided.set(virtual, (provided.get(virtual) ?? new Set()).add(name));
  return provided;
}

function open({ file, start, end }: Place): PackageInfo {
  const fields = parseStanza(file.bytes.toString("utf8", start, end));
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

function* stanzas(bytes: Buffer): Generator<{ readonly start: number; readonly end: number }> {
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf("\n\n", start);
    const end = found < 0 ? bytes.length : found;
    yield { start, end };
    start = end + 2;
  }
}

const LABEL = {
  package: Buffer.from("\nPackage: "),
  version: Buffer.from("\nVersion: "),
  essential: Buffer.from("\nEssential: "),
  priority: Buffer.from("\nPriority: "),
  provides: Buffer.from("\nProvides: "),
} as const;

/** Straight from the bytes: a piece cut out of a text would keep all of the text in memory. */
function field(stanza: Buffer, label: Buffer): string | undefined {
  // The very first stanza of a file has no line feed in front.
  const isFirst = stanza.subarray(0, label.length - 1).equals(label.subarray(1));
  const at = isFirst ? -1 : stanza.indexOf(label);
  if (at < 0 && !isFirst) return undefined;
  const start = at + label.length;
  const end = stanza.indexOf(LINE_FEED, start);
  return stanza.toString("latin1", start, end < 0 ? stanza.length : end).trim();
}

const LINE_FEED = 10;

function virtualNames(provides: string | undefined): readonly string[] {
  return provides === undefined
    ? []
    : provides.split(",").map((item) => item.trim().split(/[\s(:]/)[0] as string);
}
