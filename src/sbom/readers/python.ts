import { defined } from "../../base/index.ts";
import { sortedTexts } from "../inventory.ts";
import { allOf, licensesOfTerm, readExpression } from "../license-expression.ts";
import { purlOf } from "../purl.ts";
import { readSupplier, supplierOf } from "../supplier.ts";
import type { PackageLicenses, SbomFile, SbomPackage, Supplier } from "../types.ts";
import { folderOf, type PackageReader, type TreeFiles, textOf } from "./reader.ts";

/** Installed Python distributions: `*.dist-info` and the older `*.egg-info`. */
export const PYTHON: PackageReader = {
  wants: (path) => METADATA.test(path) || path.endsWith(".dist-info/RECORD"),
  read: pythonPackages,
};

/** The Python distributions, with their files where a RECORD lists them (PyPA, "Recording installed projects"). */
export function pythonPackages(files: TreeFiles): readonly SbomPackage[] {
  return [...files.keys()]
    .filter((path) => METADATA.test(path))
    .sort()
    .flatMap((path) => packageAt(files, path));
}

const METADATA = /\.dist-info\/METADATA$|\.egg-info(?:\/PKG-INFO)?$/;

function packageAt(files: TreeFiles, location: string): readonly SbomPackage[] {
  const headers = readHeaders(textOf(files.get(location) as Uint8Array));
  const first = (name: string) => headers.get(name)?.[0] || undefined;
  const [name, version] = [first("name"), first("version")];
  if (name === undefined || version === undefined) return [];
  const record = files.get(`${folderOf(location)}/RECORD`);
  const required = (headers.get("requires-dist") ?? []).flatMap(requirementOf);
  const found: SbomPackage = {
    type: "pypi",
    name: normalName(name),
    version,
    purl: purlOf({ type: "pypi", name: normalName(name), version }),
    location,
    dependencies: sortedTexts(required),
    ...defined({
      licenses: licensesIn(headers),
      supplier: authorOf(first("author"), first("author-email")),
      homepage: first("home-page"),
      description: first("summary"),
      files: record && recordedFiles(textOf(record), folderOf(folderOf(location))),
    }),
  };
  return [found];
}

/** Headers as in mail, by name in lower case; the text after the first empty line is a description. */
function readHeaders(text: string): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    if (line === "") break;
    const match = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)$/.exec(line);
    if (!match) continue;
    const name = (match[1] as string).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), (match[2] as string).trim()]);
  }
  return headers;
}

/** One spelling for all (PyPA, "Names and normalization"). */
function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

/** `charset-normalizer (<4,>=2) ; python_version >= "3"`; what only an extra wants is not installed for it. */
function requirementOf(text: string): readonly string[] {
  const [requirement = "", marker = ""] = text.split(";");
  const name = /^\s*([A-Za-z0-9][A-Za-z0-9._-]*)/.exec(requirement)?.[1];
  return name === undefined || /\bextra\s*==/.test(marker) ? [] : [normalName(name)];
}

/** The expression where there is one, the short word of `License`, or the classifiers, all of which apply. */
function licensesIn(headers: ReadonlyMap<string, readonly string[]>): PackageLicenses | undefined {
  const stated = headers.get("license-expression")?.[0] || headers.get("license")?.[0];
  if (stated && stated !== "UNKNOWN" && stated.length <= 100) return readExpression(stated);
  const classified = (headers.get("classifier") ?? []).flatMap((line) =>
    line.startsWith("License ::") ? (line.split("::").at(-1)?.trim() ?? []) : [],
  );
  const names = classified
    .filter((name) => name !== "OSI Approved")
    .map((name) => CLASSIFIERS.get(name) ?? name);
  const all = allOf(names.map((name) => ({ kind: "name", name })));
  return all && licensesOfTerm(all, () => undefined);
}

/** Trove classifiers that mean one licence of SPDX's list. */
const CLASSIFIERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "Apache Software License": "Apache-2.0",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "zlib/libpng License": "Zlib",
  }),
);

/** `Author` and `Author-email`, which may hold both: `Name <mail>`. */
function authorOf(author: string | undefined, address: string | undefined): Supplier | undefined {
  const both = address?.includes("<") ? readSupplier(address) : undefined;
  if (!author || author === "UNKNOWN") return both;
  return supplierOf({ name: author, email: both?.email ?? address });
}

/** `path,sha256=BASE64URL,size`; paths count from the folder of the distribution, and must stay in the image. */
function recordedFiles(text: string, folder: string): readonly SbomFile[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const match = /^(?:"((?:[^"]|"")*)"|([^,]*)),sha256=([A-Za-z0-9_-]{43})=?,/.exec(line);
    if (!match) return [];
    const path = joined(folder, match[1]?.replaceAll('""', '"') ?? (match[2] as string));
    if (path === undefined) return [];
    return [{ path, sha256: Buffer.from(match[3] as string, "base64url").toString("hex") }];
  });
}

function joined(folder: string, path: string): string | undefined {
  const parts = path.startsWith("/") || folder === "" ? [] : folder.split("/");
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}
