import { createHash } from "node:crypto";
import { elementId, type SpdxElement } from "./spdx-words.ts";
import type { SbomFile } from "./types.ts";

/**
 * The files of a package as elements, sorted by path; undefined when a file's SHA-1 is not known, because then
 * the format has no place for them (SPDX 2.3, 8.4) and the package's files count as not analyzed.
 */
export function spdxFiles(files: readonly SbomFile[] | undefined): readonly SpdxElement[] | undefined {
  if (!files || files.length === 0 || files.some(({ sha1 }) => sha1 === undefined)) return undefined;
  return [...new Map(files.map((file) => [file.path, file])).values()]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((file) => ({
      SPDXID: elementId("File", {
        name: file.path.split("/").at(-1) ?? "",
        of: `${file.path}\n${file.sha1}`,
      }),
      fileName: `./${file.path}`,
      checksums: checksumsOf(file),
      licenseConcluded: "NOASSERTION",
      copyrightText: "NOASSERTION",
    }));
}

/** The SHA-1 of all the files' sorted SHA-1s, one after another (SPDX 2.3, 7.9). */
export function verificationCode(files: readonly SbomFile[]): string {
  const byPath = new Map(files.map((file) => [file.path, file.sha1 ?? ""]));
  return createHash("sha1")
    .update([...byPath.values()].sort().join(""))
    .digest("hex");
}

function checksumsOf({ sha1, sha256, md5 }: SbomFile): readonly SpdxElement[] {
  const pairs = [["SHA1", sha1] as const, ["SHA256", sha256] as const, ["MD5", md5] as const];
  return pairs.flatMap(([algorithm, value]) =>
    value === undefined ? [] : [{ algorithm, checksumValue: value }],
  );
}
