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
}

/**
 * Makes an index over Packages files. They are large (60,000 stanzas), so each stanza stays bytes until it is
 * asked for; one pass finds the names, the versions, and who provides what.
 */
export function indexPackages(files: readonly PackagesFile[]): PackageIndex {
  const places = new Map<string, Place>();
  const provided = new Map<string, Set<string>>();
  const base = new Set<string>();
  for (const file of files)
    for (const { start, end } of stanzas(file.bytes)) {
      const text = file.bytes.toString("latin1", start, end);
      const name = field(text, "Package");
      const version = field(text, "Version");
      if (name === undefined || version === undefined) continue;
      const known = places.get(name);
      if (known && compareVersions(known.version, version) >= 0) continue;
      places.set(name, { file, start, end, version });
      if (/^(Essential: yes|Priority: required)$/m.test(text)) base.add(name);
      for (const virtual of virtualNames(field(text, "Provides")))
        provided.set(virtual, (provided.get(virtual) ?? new Set()).add(name));
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
  return { find, providers: (name) => all(provided.get(name) ?? []), base: () => all(base) };
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

function field(text: string, name: string): string | undefined {
  const label = `${name}: `;
  const at = text.startsWith(label) ? 0 : text.indexOf(`\n${label}`) + 1;
  if (at === 0 && !text.startsWith(label)) return undefined;
  const end = text.indexOf("\n", at);
  return text.slice(at + label.length, end < 0 ? undefined : end);
}

function virtualNames(provides: string | undefined): readonly string[] {
  return provides === undefined
    ? []
    : provides.split(",").map((item) => item.trim().split(/[\s(:]/)[0] as string);
}
