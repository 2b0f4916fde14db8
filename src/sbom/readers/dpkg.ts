import { inLowerCase, parseStanzas, type Stanza } from "../../text/index.ts";
import { debPackage } from "../deb-package.ts";
import type { SbomFile, SbomPackage } from "../types.ts";
import { folderOf, type PackageReader, type ReadContext, type TreeFiles, textOf } from "./reader.ts";

/** Debian's package database, in dpkg's own form and in that of distroless images. */
export const DPKG: PackageReader = {
  wants: (path) => path === STATUS || RECORD.test(path) || /^usr\/share\/doc\/[^/]+\/copyright$/.test(path),
  read: dpkgPackages,
};

/**
 * The packages that `var/lib/dpkg/status` has as unpacked or better, and those of `var/lib/dpkg/status.d/*`,
 * with the files of their `.md5sums` and their conffiles, and the licences of their copyright files.
 */
export function dpkgPackages(files: TreeFiles, context: ReadContext = {}): readonly SbomPackage[] {
  const records = [...files.keys()].filter((path) => path === STATUS || isStatusRecord(path)).sort();
  return records.flatMap((location) =>
    parseStanzas(textOf(files.get(location) as Uint8Array))
      .map(inLowerCase)
      .filter(isInstalled)
      .map((fields) => packageOf(fields, { ...context, files, location })),
  );
}

const STATUS = "var/lib/dpkg/status";
/** `status.d/libc6`, `status.d/libc6.md5sums`, `info/libc6:amd64.md5sums`. */
const RECORD = /^var\/lib\/dpkg\/(?:status\.d\/[^/]+|info\/[^/]+\.md5sums)$/;

function isStatusRecord(path: string): boolean {
  return path.startsWith("var/lib/dpkg/status.d/") && !path.endsWith(".md5sums");
}

/** A record without a Status is a control file, as distroless images have it. */
function isInstalled(fields: Stanza): boolean {
  const state = (fields.get("status") ?? "installed").split(/\s+/).at(-1) ?? "";
  const named = Boolean(fields.get("package")) && Boolean(fields.get("version"));
  return named && state !== "not-installed" && state !== "config-files";
}

function packageOf(
  fields: Stanza,
  { files, location, distribution }: ReadContext & { readonly files: TreeFiles; readonly location: string },
): SbomPackage {
  const [name = "", version = "", architecture = ""] = ["package", "version", "architecture"].map((field) =>
    fields.get(field)?.trim(),
  );
  const sums = [
    `${location}.md5sums`,
    `var/lib/dpkg/info/${name}:${architecture}.md5sums`,
    `var/lib/dpkg/info/${name}.md5sums`,
    `${folderOf(location)}/${name}.md5sums`,
  ].find((path) => files.has(path));
  const listed = sums === undefined ? [] : md5sums(textOf(files.get(sums) as Uint8Array));
  const content = [...listed, ...conffiles(fields.get("conffiles"))];
  const copyright = files.get(`usr/share/doc/${name}/copyright`);
  return debPackage(
    { name, version, architecture, fields },
    {
      location,
      ...(distribution && { distribution }),
      ...(copyright && { copyright: textOf(copyright) }),
      ...(content.length > 0 && { files: content }),
    },
  );
}

/** Lines of md5sum(1): the digest, two spaces, the path. */
function md5sums(text: string): readonly SbomFile[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\\?([0-9a-f]{32})[ \t][ *]?(?:\.?\/)?(.+?)\r?$/.exec(line);
    return match ? [{ path: match[2] as string, md5: match[1] as string }] : [];
  });
}

/** ` /etc/fstab 0123… obsolete`: what the package brought, which an administrator may have changed since. */
function conffiles(field: string | undefined): readonly SbomFile[] {
  return (field ?? "").split("\n").flatMap((line) => {
    const match = /^\s*\/(\S+)\s+([0-9a-f]{32})(?:\s+(\S.*))?$/.exec(line);
    return match && match[3] === undefined ? [{ path: match[1] as string, md5: match[2] as string }] : [];
  });
}
