import type { ElfBytes } from "../../elf/index.ts";
import { purlOf } from "../purl.ts";
import type { SbomPackage } from "../types.ts";
import { readGoBuildInfo } from "./go-build-info.ts";
import { ofPrograms, type PackageReader, type TreeFiles } from "./reader.ts";

/** Programs that Go made: each has the list of the modules that are in it. */
export const GO: PackageReader = { wants: () => false, program: goProgram, alone: true, read: goPackages };

/** The modules in Go's programs, and Go's own library as `stdlib`. Damaged programs tell nothing. */
export function goPackages(files: TreeFiles): readonly SbomPackage[] {
  return ofPrograms(files, goProgram);
}

function goProgram(file: ElfBytes, location: string): readonly SbomPackage[] {
  const info = readGoBuildInfo(file);
  if (!info) return [];
  const own = /^go(\S+)/.exec(info.version)?.[1];
  const library = own === undefined ? [] : [moduleOf({ path: "stdlib", version: own }, location)];
  return [...library, ...modulesIn(info.modules, { location, library })];
}

/** A line of `go version -m`: `mod` is the program's own module, `dep` another, `=>` what the one before it is replaced by. */
const LINE = /^(mod|dep|=>)\t([^\t]+)\t?([^\t]*)\t?([^\t]*)$/;

interface Module {
  readonly path: string;
  readonly version: string;
  readonly sum?: string | undefined;
}

function modulesIn(
  text: string,
  { location, library }: { readonly location: string; readonly library: readonly SbomPackage[] },
): readonly SbomPackage[] {
  const found: { module: Module; isMain: boolean }[] = [];
  for (const line of text.split("\n")) {
    const [, kind, path = "", version = "", sum] = LINE.exec(line) ?? [];
    const last = found.at(-1);
    if (kind === "=>" && last) last.module = replaced(last.module, { path, version, sum });
    else if (kind === "mod" || kind === "dep")
      found.push({ module: { path, version, sum }, isMain: kind === "mod" });
  }
  const revision = /^build\tvcs\.revision=([0-9a-f]{7,64})$/m.exec(text)?.[1];
  const others = found.filter(({ isMain }) => !isMain).map(({ module }) => moduleOf(module, location));
  const main = found
    .filter(({ isMain }) => isMain)
    .map(({ module }) => ({
      ...moduleOf(isRelease(module.version) ? module : { ...module, version: revision ?? "" }, location),
      dependencies: [...others, ...library].map(({ purl }) => purl),
    }));
  return [...main, ...others];
}

/** A folder has no name that others know: the module keeps its own, and its version is nobody's. */
function replaced(original: Module, by: Module): Module {
  return /^\.{0,2}\//.test(by.path) ? { path: original.path, version: "" } : by;
}

/** `(devel)` is what was built from a folder; whatever else begins with `v` has to be a version of Go's (and semver's) form. */
function isRelease(version: string): boolean {
  return !version.startsWith("(") && (!version.startsWith("v") || VERSION.test(version));
}

const NUMBER = "(?:0|[1-9]\\d*)";
const PART = `(?:${NUMBER}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
const WORDS = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const VERSION = new RegExp(
  `^v${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${PART}(?:\\.${PART})*)?(?:\\+${WORDS})?$`,
);

function moduleOf({ path, version, sum }: Module, location: string): SbomPackage {
  const slash = path.lastIndexOf("/");
  const known = isRelease(version) ? version : "";
  const purl = purlOf({
    type: "golang",
    name: path.slice(slash + 1) || path,
    version: known,
    ...(slash > 0 && { namespace: path.slice(0, slash) }),
  });
  const isSum = sum !== undefined && /^h1:[A-Za-z0-9+/]{43}=$/.test(sum);
  return { type: "golang", name: path, version: known, purl, location, ...(isSum && { goSum: sum }) };
}
