import { defined } from "../../base/index.ts";
import { sortedTexts } from "../inventory.ts";
import { readExpression } from "../license-expression.ts";
import { distroOf, purlOf } from "../purl.ts";
import { berkeleyValues } from "../rpm/berkeley.ts";
import { type RpmHeader, readRpmHeader } from "../rpm/header.ts";
import { ndbValues } from "../rpm/ndb.ts";
import { sqliteBlobs } from "../rpm/sqlite.ts";
import { supplierOf } from "../supplier.ts";
import type { Distribution, PackageSource, SbomFile, SbomPackage } from "../types.ts";
import type { PackageReader, ReadContext, TreeFiles } from "./reader.ts";

/** rpm's database in its three formats: SQLite, its own (ndb), and Berkeley DB. */
export const RPM: PackageReader = { wants: (path) => DATABASE.test(path), read: rpmPackages };

/** The packages of rpm's databases, with their files. Keys, which rpm keeps as packages, are none. */
export function rpmPackages(files: TreeFiles, context: ReadContext = {}): readonly SbomPackage[] {
  const databases = [...files].filter(([path]) => DATABASE.test(path)).sort(([a], [b]) => (a < b ? -1 : 1));
  return databases.flatMap(([location, bytes]) =>
    headersIn(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).flatMap((header) =>
      unlessDamaged(() => packageOf(header, { ...context, location })),
    ),
  );
}

const DATABASE = /^(?:var\/lib|usr\/lib\/sysimage|usr\/share)\/rpm\/(?:rpmdb\.sqlite|Packages\.db|Packages)$/;

/** All headers up to the first damage. */
function headersIn(bytes: Buffer): readonly RpmHeader[] {
  const found: RpmHeader[] = [];
  unlessDamaged(() => {
    const values = [
      sqliteBlobs(bytes, { table: "Packages", column: 1 }),
      ndbValues(bytes),
      berkeleyValues(bytes),
    ];
    for (const list of values)
      for (const value of list) found.push(...unlessDamaged(() => [readRpmHeader(value)]));
    return [];
  });
  return found;
}

/** Reading beyond the end of bytes is a RangeError, whoever reads. */
function unlessDamaged<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** By rpm's numbers ("Header tags"). */
const TAG = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  summary: 1004,
  vendor: 1011,
  license: 1014,
  url: 1020,
  architecture: 1022,
  fileDigests: 1035,
  source: 1044,
  provides: 1047,
  requires: 1049,
  folderOfFile: 1116,
  baseNames: 1117,
  folders: 1118,
  digestKind: 5011,
} as const;

function packageOf(
  header: RpmHeader,
  { distribution, location }: ReadContext & { readonly location: string },
): readonly SbomPackage[] {
  const [name, upstream, release] = [TAG.name, TAG.version, TAG.release].map((tag) => header.text(tag));
  if (!name || !upstream || name === "gpg-pubkey") return [];
  const version = release ? `${upstream}-${release}` : upstream;
  const epoch = header.numbers(TAG.epoch)[0];
  const architecture = header.text(TAG.architecture);
  const source = header.text(TAG.source);
  const content = filesOf(header);
  return [
    {
      type: "rpm",
      name,
      version: epoch ? `${epoch}:${version}` : version,
      purl: rpmPurl({ name, version, epoch, architecture, source }, distribution),
      location,
      dependencies: sortedTexts(header.texts(TAG.requires)),
      provides: sortedTexts([...header.texts(TAG.provides), ...content.map(({ path }) => `/${path}`)]),
      ...(content.length > 0 && { files: content }),
      ...defined({
        architecture,
        source: sourceOf(source),
        licenses: readExpression(header.text(TAG.license) ?? ""),
        supplier: supplierOf({ name: header.text(TAG.vendor), email: undefined, kind: "organization" }),
        homepage: header.text(TAG.url),
        description: header.text(TAG.summary),
      }),
    },
  ];
}

/** `pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25&epoch=1` (purl-spec, "rpm"). */
function rpmPurl(
  item: {
    readonly name: string;
    readonly version: string;
    readonly epoch: number | undefined;
    readonly architecture: string | undefined;
    readonly source: string | undefined;
  },
  { id, ...rest }: Partial<Distribution> = {},
): string {
  return purlOf({
    type: "rpm",
    name: item.name,
    version: item.version,
    ...(id !== undefined && { namespace: NAMESPACES[id] ?? id }),
    qualifiers: {
      arch: item.architecture,
      distro: id && distroOf({ id, ...rest }),
      epoch: item.epoch ? String(item.epoch) : undefined,
      upstream: item.source,
    },
  });
}

/** Where the vendor's name is not the distribution's id. */
const NAMESPACES: Readonly<Record<string, string>> = { rhel: "redhat" };

/** `glibc-2.34-60.el9.src.rpm`. */
function sourceOf(file: string | undefined): PackageSource | undefined {
  const [, name, version] = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(file ?? "") ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
}

function filesOf(header: RpmHeader): readonly SbomFile[] {
  const [names, folders] = [header.texts(TAG.baseNames), header.texts(TAG.folders)];
  const [places, digests] = [header.numbers(TAG.folderOfFile), header.texts(TAG.fileDigests)];
  const kind = DIGESTS[header.numbers(TAG.digestKind)[0] ?? 1];
  return names.flatMap((name, at) => {
    const folder = folders[places[at] ?? -1];
    if (folder === undefined) return [];
    const digest = digests[at];
    const isDigest = kind !== undefined && digest !== undefined && digest.length === kind.length;
    const path = `${folder}${name}`.replace(/^\/+/, "");
    return [{ path, ...(isDigest && /^[0-9a-f]+$/.test(digest) && { [kind.name]: digest }) }];
  });
}

/** By OpenPGP's numbers of algorithms, those that documents have. */
const DIGESTS: Readonly<
  Record<number, { readonly name: "md5" | "sha1" | "sha256"; readonly length: number }>
> = {
  1: { name: "md5", length: 32 },
  2: { name: "sha1", length: 40 },
  8: { name: "sha256", length: 64 },
};
