import { defined } from "../../base/index.ts";
import { sortedTexts } from "../inventory.ts";
import { readExpression } from "../license-expression.ts";
import { purlOf } from "../purl.ts";
import { readSupplier, supplierOf } from "../supplier.ts";
import type { PackageLicenses, SbomPackage, Supplier } from "../types.ts";
import { folderOf, type PackageReader, type TreeFiles, textOf } from "./reader.ts";

/** Packages of Node.js, from the `package.json` of each that is installed in a `node_modules`. */
export const NPM: PackageReader = { wants: (path) => MANIFEST.test(path), read: npmPackages };

/** The installed packages of Node.js; what each depends on is found as Node finds it, from its folder upwards. */
export function npmPackages(files: TreeFiles): readonly SbomPackage[] {
  const found = [...files.keys()]
    .filter((path) => MANIFEST.test(path))
    .sort()
    .flatMap((path) => manifestAt(files, path));
  const byFolder = new Map(found.map((item) => [folderOf(item.location), item]));
  return found.map((item) => packageOf(item, byFolder));
}

const MANIFEST = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@][^/]*\/package\.json$/;

type Fields = Readonly<Record<string, unknown>>;
interface Installed {
  readonly location: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly fields: Fields;
}

/** A `package.json` without a name or version, as some packages have inside, is no package. */
function manifestAt(files: TreeFiles, location: string): readonly Installed[] {
  const fields = parseObject(textOf(files.get(location) as Uint8Array));
  const name = textIn(fields.name);
  const version = textIn(fields.version);
  if (name === undefined || version === undefined) return [];
  const slash = name.startsWith("@") ? name.indexOf("/") : -1;
  const bare = name.slice(slash + 1);
  if (bare === "") return [];
  const purl = purlOf({
    type: "npm",
    name: bare,
    version,
    ...(slash > 0 && { namespace: name.slice(0, slash) }),
  });
  return [{ location, name, version, purl, fields }];
}

function packageOf(item: Installed, byFolder: ReadonlyMap<string, Installed>): SbomPackage {
  const { location, name, version, purl, fields } = item;
  const wanted = ["dependencies", "optionalDependencies", "peerDependencies"].flatMap((key) =>
    Object.keys(objectIn(fields[key])),
  );
  const found = wanted.flatMap((dependency) => resolve(dependency, { from: location, byFolder }) ?? []);
  return {
    type: "npm",
    name,
    version,
    purl,
    location,
    dependencies: sortedTexts(found),
    ...defined({
      files: globalPrograms(location, { name, bin: fields.bin }),
      licenses: licensesIn(fields),
      supplier: personIn(fields.author),
      homepage: textIn(fields.homepage),
      description: textIn(fields.description),
    }),
  };
}

/**
 * What a package that is installed for the whole system has outside of its folder: its programs, which npm puts into
 * `PREFIX/bin` (npm, "folders", "Executables").
 */
function globalPrograms(
  location: string,
  { name, bin }: { readonly name: string; readonly bin: unknown },
): SbomPackage["files"] {
  const prefix = GLOBAL.exec(location)?.[1];
  if (prefix === undefined) return undefined;
  const one = typeof bin === "string" ? [name.slice(name.indexOf("/") + 1)] : Object.keys(objectIn(bin));
  const programs = one.filter((program) => program !== "" && !/[/\0]|^\.\.?$/.test(program));
  return programs.length > 0 ? programs.map((program) => ({ path: `${prefix}bin/${program}` })) : undefined;
}

const GLOBAL = /^((?:.*\/)?)lib\/node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/;

/** The package URL of the nearest `node_modules/NAME` (Node.js, "Loading from node_modules folders"). */
function resolve(
  name: string,
  { from, byFolder }: { readonly from: string; readonly byFolder: ReadonlyMap<string, Installed> },
): string | undefined {
  for (let folder = folderOf(from); ; folder = folderOf(folder)) {
    const inside = folder === "" ? "node_modules" : `${folder}/node_modules`;
    const found = byFolder.get(`${inside}/${name}`);
    if (found || folder === "") return found?.purl;
  }
}

/** `license` as an expression; the older forms `{type}` and `licenses: [{type}]`, of which any may be chosen. */
function licensesIn({ license, licenses }: Fields): PackageLicenses | undefined {
  const listed = Array.isArray(licenses) ? licenses : [license ?? licenses];
  const names = listed.flatMap((item) => textIn(item) ?? textIn(objectIn(item).type) ?? []);
  const text = names.join(" OR ");
  return /^(?:UNLICENSED|SEE LICEN[CS]E IN\b.*)$/i.test(text) ? undefined : readExpression(text);
}

/** An object, or `Name <mail> (page)`. */
function personIn(value: unknown): Supplier | undefined {
  const text = textIn(value);
  const { name, email } = objectIn(value);
  return text === undefined ? supplierOf({ name: textIn(name), email: textIn(email) }) : readSupplier(text);
}

function textIn(value: unknown): string | undefined {
  return (typeof value === "string" ? value.trim() : "") || undefined;
}

function objectIn(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function parseObject(text: string): Fields {
  try {
    return objectIn(JSON.parse(text.replace(/^\uFEFF/, "")));
  } catch {
    return {};
  }
}
