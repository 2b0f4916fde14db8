import { wastedBy } from "./duplicates.ts";
import type { AnalysedFile, FileAnalysis, Totals } from "./types.ts";

/** The sums of an analysis. */
export function totalsOf({
  layers,
  files,
  packages,
  duplicates,
}: Pick<FileAnalysis, "layers" | "files" | "packages" | "duplicates">): Totals {
  return {
    size: sum(layers, ({ size }) => size),
    visible: sum(files, ({ size }) => size),
    compressed: sum(layers, ({ compressed }) => compressed),
    isEstimated: layers.some(({ isEstimated }) => isEstimated),
    layers: layers.length,
    files: count(files, ({ kind }) => kind === "file" || kind === "hardlink"),
    folders: count(files, ({ kind }) => kind === "dir"),
    links: count(files, ({ kind }) => kind === "symlink"),
    packages: packages.length,
    executables: count(files, isExecutable),
    libraries: count(files, ({ kind, program }) => kind === "file" && program?.type === "library"),
    hidden: sum(layers, ({ hidden }) => hidden),
    duplicate: sum(duplicates, wastedBy),
  };
}

/** Whether a row is a program or script that somebody may start; further names of a file do not count. */
export function isExecutable({ kind, mode, program }: AnalysedFile): boolean {
  return (
    kind === "file" && (mode & 0o111) !== 0 && (program?.type === "program" || program?.type === "script")
  );
}

function sum<T>(items: readonly T[], numberOf: (item: T) => number): number {
  return items.reduce((total, item) => total + numberOf(item), 0);
}

function count<T>(items: readonly T[], is: (item: T) => boolean): number {
  return items.reduce((total, item) => total + (is(item) ? 1 : 0), 0);
}
