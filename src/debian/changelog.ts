import { gunzipSync } from "node:zlib";
import { readTar } from "../archive/index.ts";
import { collectBytes, TareError } from "../base/index.ts";
import { readDeb } from "./deb.ts";
import { compareVersions } from "./version.ts";

/** A package's Debian changelog: in it, or in the package to whose documentation it links. */
export type Changelog =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "elsewhere"; readonly package: string };

/** What reading CVE ids needs. */
export interface CveOptions {
  readonly name: string;
  /** The old version of the source package; a binary one does where both are alike. */
  readonly since: string;
  /** The .deb of another package, to which the changelog is linked; undefined when it can not be had. */
  readonly open: (name: string) => Promise<Buffer | undefined>;
}

/** Links from package to package that are followed; real packages have one. */
const MAX_LINKS = 4;

/**
 * The CVE ids that the changelog of a .deb names in entries younger than a version alone, sorted; none when there is
 * no changelog. `integrity-archive` for a .deb or a changelog that can not be read.
 */
export async function cvesFixed(deb: Buffer, { name, since, open }: CveOptions): Promise<readonly string[]> {
  let [bytes, owner]: [Buffer | undefined, string] = [deb, name];
  for (let links = 0; bytes && links < MAX_LINKS; links++) {
    const changelog: Changelog | undefined = await readChangelog(bytes, owner);
    if (!changelog) return [];
    if (changelog.kind === "text") return cvesSince(changelog.text, since);
    owner = changelog.package;
    bytes = await open(owner);
  }
  return [];
}

/**
 * The CVE ids in entries of a changelog (deb-changelog(5)) that stand above the first one that is not newer, but those
 * that it or one below names, too: a fix that was there is named again when upstream has it.
 */
export function cvesSince(text: string, since: string): readonly string[] {
  const newer = new Set<string>();
  const earlier = new Set<string>();
  let isNewer = true;
  for (const line of text.split("\n")) {
    const version = ENTRY.exec(line)?.[1];
    if (version !== undefined && compareVersions(version, since) <= 0) isNewer = false;
    for (const [id] of line.matchAll(CVE)) (isNewer ? newer : earlier).add(id.toUpperCase());
  }
  return [...newer].filter((id) => !earlier.has(id)).sort(byNumber);
}

/** `package (version) suites; urgency=…` */
const ENTRY = /^[A-Za-z0-9][A-Za-z0-9+.-]* \(([^()\s]+)\)(?: [\w.+/-]+)*\s*;/;
const CVE = /\bCVE-\d{4}-\d{4,19}\b/gi;

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** Finds a package's changelog; undefined when it has none. A link of the file and one of its folder both count. */
export async function readChangelog(deb: Buffer, name: string): Promise<Changelog | undefined> {
  const { data } = await readDeb(deb, name);
  const folder = `usr/share/doc/${name}`;
  let native: Changelog | undefined;
  for await (const { header, content } of readTar(data)) {
    const path = header.name.replace(/^\.?\/+/, "").replace(/\/$/, "");
    const isOwn = path === `${folder}/changelog.Debian.gz`;
    if (!isOwn && path !== folder && path !== `${folder}/changelog.gz`) continue;
    const found =
      header.type === "symlink"
        ? linkedTo(header.linkname, path === folder)
        : header.type === "file" && {
            kind: "text" as const,
            text: unpacked(await collectBytes(content()), name),
          };
    if (!found) continue;
    if (path !== `${folder}/changelog.gz`) return found;
    // Upstream's own, unless the package is native and has no other.
    native = found;
  }
  return native;
}

/** `libc6`, or `../libc6/changelog.Debian.gz` from within a folder, or either from the root. */
function linkedTo(target: string, isFolder: boolean): Changelog | undefined {
  const steps = target.replace(/^\/usr\/share\/doc\//, isFolder ? "" : "../").split("/");
  const [first, second] = steps.filter((step) => step !== "." && step !== "");
  const owner = isFolder && first !== ".." ? first : second;
  return owner === undefined || owner === ".." ? undefined : { kind: "elsewhere", package: owner };
}

/** The longest changelogs have 2 MB. */
const MAX_TEXT = 64 << 20;

function unpacked(gzip: Buffer, name: string): string {
  try {
    return gunzipSync(gzip, { maxOutputLength: MAX_TEXT }).toString("utf8");
  } catch (error) {
    throw new TareError("integrity-archive", `the changelog of ${name} can not be unpacked`, {
      cause: error,
    });
  }
}
