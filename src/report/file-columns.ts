import type { AnalysedFile, AnalysedKind } from "../analysis/index.ts";
import type { ReportFiles } from "./data.ts";

/** Everything but folders, as columns; folders that hold nothing are left out. */
export function fileColumns(files: readonly AnalysedFile[]): ReportFiles {
  const shown = files.filter(({ kind }) => kind !== "dir");
  const folders = folderTable();
  const cut = shown.map(({ path }) => path.lastIndexOf("/"));
  return {
    folder: shown.map(({ path }, at) => folders.place(path.slice(0, Math.max(0, cut[at] as number)))),
    folders: folders.paths,
    names: shown.map(({ path }, at) => path.slice((cut[at] as number) + 1)),
    sizes: shown.map(({ size }) => size),
    layer: shown.map(({ layer }) => layer),
    package: shown.map((file) => file.package ?? -1),
    modes: shown.map(({ kind, mode }) => KINDS[kind] | mode),
  };
}

/** Folders by their places; every folder stands behind the one that it is in. */
export function folderTable(): { readonly paths: readonly string[]; place(path: string): number } {
  const paths = [""];
  const places = new Map([["", 0]]);
  function place(path: string): number {
    const known = places.get(path);
    if (known !== undefined) return known;
    place(path.slice(0, Math.max(0, path.lastIndexOf("/"))));
    const added = paths.push(path) - 1;
    places.set(path, added);
    return added;
  }
  return { paths, place };
}

/** As `st_mode` has them (inode(7)). */
const KINDS: Readonly<Record<AnalysedKind, number>> = {
  dir: 0o040000,
  file: 0o100000,
  hardlink: 0o100000,
  symlink: 0o120000,
  char: 0o020000,
  block: 0o060000,
  fifo: 0o010000,
};
