import { mergedPath } from "../tree/index.ts";
import type { PackageFacts } from "./package-layer.ts";
import { type Placed, placedFile } from "./placed.ts";

const FOLDER = "var/lib/dpkg/status.d";

/**
 * What says that a package is there, in the form that scanners know from distroless images: its control file in
 * `status.d`, and beside it the checksums of those of its files that shipped.
 */
export function packageRecord(
  name: string,
  { stanza, md5sums, youngest }: PackageFacts,
  shipped: readonly Placed[],
): readonly Placed[] {
  const own = { mode: 0o644, uid: 0, gid: 0, mtime: youngest };
  const paths = new Set(shipped.map(({ entry }) => entry.path));
  const sums = md5sums
    .split("\n")
    .filter((line) => paths.has(mergedPath(line.slice(MD5_COLUMNS))))
    .map((line) => `${line}\n`);
  return [
    placedFile({ ...own, path: `${FOLDER}/${name}` }, `${stanza}\n`),
    ...(sums.length > 0 ? [placedFile({ ...own, path: `${FOLDER}/${name}.md5sums` }, sums.join(""))] : []),
  ];
}

/** 32 hexadecimal digits and two spaces (dh_md5sums). */
const MD5_COLUMNS = 34;
