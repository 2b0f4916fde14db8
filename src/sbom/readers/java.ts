import { purlOf } from "../purl.ts";
import type { SbomPackage } from "../types.ts";
import { type PackageReader, type TreeFiles, textOf } from "./reader.ts";
import { readZip } from "./zip.ts";

/** Java archives that Maven or Gradle made: each tells what it is, and what is packed into it, by `pom.properties`. */
export const JAVA: PackageReader = {
  wants: (path) => ARCHIVE.test(path),
  alone: true,
  read: javaPackages,
};

/**
 * The Maven artifacts in Java archives, those in archives inside of them included. An archive without a
 * `pom.properties` does not say its group, so that it has no name of its own.
 */
export function javaPackages(files: TreeFiles): readonly SbomPackage[] {
  return [...files.keys()]
    .filter((path) => ARCHIVE.test(path))
    .sort()
    .flatMap((path) => {
      const budget = { left: MAX_UNPACKED };
      return packagesIn(files.get(path) as Uint8Array, { location: path, depth: MAX_DEPTH, budget });
    });
}

const ARCHIVE = /\.[jwe]ar$/i;
const PROPERTIES = /^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/;
const MAX_DEPTH = 3;
const MAX_PROPERTIES = 64 << 10;
/** Of one archive with all that is in it, so that a small file can not fill the memory. */
const MAX_UNPACKED = 512 << 20;

function packagesIn(
  bytes: Uint8Array,
  place: { readonly location: string; readonly depth: number; readonly budget: { left: number } },
): readonly SbomPackage[] {
  const { location, depth, budget } = place;
  return readZip(bytes).flatMap((entry) => {
    const nested = ARCHIVE.test(entry.name);
    if (!PROPERTIES.test(entry.name) && !(nested && depth > 0)) return [];
    const content = entry.read(nested ? budget.left : Math.min(MAX_PROPERTIES, budget.left));
    if (!content) return [];
    budget.left -= content.length;
    return nested
      ? packagesIn(content, { location: `${location}/${entry.name}`, depth: depth - 1, budget })
      : artifactOf(textOf(content), location);
  });
}

function artifactOf(text: string, location: string): readonly SbomPackage[] {
  const values = new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const match = /^\s*(groupId|artifactId|version)\s*[=:]\s*(\S+)\s*$/.exec(line);
      return match ? [[match[1] as string, match[2] as string] as const] : [];
    }),
  );
  const [group, artifact, version] = ["groupId", "artifactId", "version"].map((key) => values.get(key));
  if (!group || !artifact || !version) return [];
  const purl = purlOf({ type: "maven", namespace: group, name: artifact, version });
  return [{ type: "maven", name: `${group}:${artifact}`, version, purl, location }];
}
