import { defined } from "../../base/index.ts";
import { sortedTexts } from "../inventory.ts";
import { readExpression } from "../license-expression.ts";
import { distroOf, purlOf } from "../purl.ts";
import { readSupplier } from "../supplier.ts";
import type { Distribution, SbomFile, SbomPackage } from "../types.ts";
import { type PackageReader, type ReadContext, type TreeFiles, textOf } from "./reader.ts";

/** The package database of Alpine Linux and its relatives. */
export const APK: PackageReader = { wants: (path) => DATABASES.includes(path), read: apkPackages };

/** The packages of apk's database of what is installed, with their files (apk-tools, "installed database"). */
export function apkPackages(files: TreeFiles, context: ReadContext = {}): readonly SbomPackage[] {
  return DATABASES.filter((path) => files.has(path)).flatMap((location) =>
    textOf(files.get(location) as Uint8Array)
      .split(/\r?\n\r?\n/)
      .flatMap((stanza) => packageOf(stanza.split(/\r?\n/), { ...context, location })),
  );
}

const DATABASES: readonly string[] = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];

/** The first lines are of the package, `F:` (a folder) and what follows of its files. */
function packageOf(
  lines: readonly string[],
  { distribution, location }: ReadContext & { readonly location: string },
): readonly SbomPackage[] {
  const end = lines.findIndex((line) => line.startsWith("F:"));
  const fields = new Map(
    lines.slice(0, end < 0 ? lines.length : end).map((line) => [line.slice(0, 2), line.slice(2).trim()]),
  );
  const [name, version] = [fields.get("P:"), fields.get("V:")];
  if (!name || !version) return [];
  const architecture = fields.get("A:") || undefined;
  const origin = fields.get("o:") || name;
  const content = end < 0 ? [] : filesOf(lines.slice(end));
  return [
    {
      type: "apk",
      name,
      version,
      purl: apkPurl({ name, version, architecture, origin }, distribution),
      location,
      source: { name: origin, version },
      dependencies: sortedTexts(namesIn(fields.get("D:"))),
      provides: sortedTexts(namesIn(fields.get("p:"))),
      ...(content.length > 0 && { files: content }),
      ...defined({
        architecture,
        licenses: readLicenses(fields.get("L:")),
        supplier: readSupplier(fields.get("m:")),
        homepage: fields.get("U:") || undefined,
        description: fields.get("T:") || undefined,
      }),
    },
  ];
}

/** `pkg:apk/alpine/curl@7.83.0-r0?arch=x86_64&distro=alpine-3.16.1` (purl-spec, "apk"). */
function apkPurl(
  item: {
    readonly name: string;
    readonly version: string;
    readonly architecture: string | undefined;
    readonly origin: string;
  },
  { id = "alpine", ...rest }: Partial<Distribution> = {},
): string {
  const { name, version, architecture, origin } = item;
  return purlOf({
    type: "apk",
    namespace: id,
    name,
    version,
    qualifiers: {
      arch: architecture,
      distro: distroOf({ id, ...rest }),
      upstream: origin === name ? undefined : origin,
    },
  });
}

/** `so:libc.musl-x86_64.so.1 busybox>=1.36 !old`: names without versions; what is excluded is no dependency. */
function namesIn(field = ""): readonly string[] {
  return field
    .split(/\s+/)
    .flatMap((word) => (word.startsWith("!") ? [] : (/^[^=<>~@]+/.exec(word)?.[0] ?? [])));
}

/** Expressions of SPDX; older packages have words with spaces between them, all of which apply. */
function readLicenses(field: string | undefined): SbomPackage["licenses"] {
  if (!field) return undefined;
  return readExpression(/\b(?:and|or|with)\b/i.test(field) ? field : field.split(/\s+/).join(" AND "));
}

/** `F:` is a folder, `R:` a file in it, `Z:Q1` the file's SHA-1 in base64. */
function filesOf(lines: readonly string[]): readonly SbomFile[] {
  const found: { path: string; sha1?: string }[] = [];
  let folder = "";
  for (const line of lines) {
    const value = line.slice(2);
    const last = found.at(-1);
    if (line.startsWith("F:")) folder = value;
    else if (line.startsWith("R:") && value) found.push({ path: folder ? `${folder}/${value}` : value });
    else if (last && /^Z:Q1[A-Za-z0-9+/]{27}=$/.test(line))
      last.sha1 = Buffer.from(value.slice(2), "base64").toString("hex");
  }
  return found;
}
