import type { ElfBytes } from "../elf/index.ts";
import { APK } from "./readers/apk.ts";
import { DPKG } from "./readers/dpkg.ts";
import { GO } from "./readers/go.ts";
import { JAVA } from "./readers/java.ts";
import { NPM } from "./readers/npm.ts";
import { osReleaseOf } from "./readers/os-release.ts";
import { PYTHON } from "./readers/python.ts";
import { isProgram, ofProgram, type PackageReader, type TreeFiles } from "./readers/reader.ts";
import { RPM } from "./readers/rpm.ts";
import { RUST } from "./readers/rust.ts";
import type { Distribution, SbomPackage } from "./types.ts";

export type { PackageReader, ReadContext, TreeFiles } from "./readers/reader.ts";

/** What an image's files say of its packages. */
export interface FoundPackages {
  readonly distribution?: Distribution;
  readonly packages: readonly SbomPackage[];
}

/** One reader for each place that packages are recorded in. */
const PACKAGE_READERS: readonly PackageReader[] = [DPKG, APK, RPM, NPM, PYTHON, JAVA, GO, RUST];

/** Whether a file's content is needed to find packages; `path` is without a leading slash. */
export function isPackageFile(path: string): boolean {
  return OS_RELEASE.includes(path) || PACKAGE_READERS.some((reader) => reader.wants(path));
}

/** Whether such a file can be read by itself, without the others. */
export function readsAlone(path: string): boolean {
  const readers = PACKAGE_READERS.filter((reader) => reader.wants(path));
  return readers.length > 0 && readers.every((reader) => reader.alone === true);
}

/** All packages that the files tell of, and the distribution. Files that can not be read as what they should be are passed over. */
export function readPackages(files: TreeFiles): FoundPackages {
  const distribution = osReleaseOf(files);
  const context = distribution ? { distribution } : {};
  return { ...context, packages: PACKAGE_READERS.flatMap((reader) => reader.read(files, context)) };
}

/** What is in a program, of which little is read. None in what is no ELF file, or a damaged one. */
export function programPackages(file: ElfBytes, location: string): readonly SbomPackage[] {
  if (!isProgram(file.read(0, 4))) return [];
  return PACKAGE_READERS.flatMap(({ program }) => (program ? ofProgram(file, location, program) : []));
}

const OS_RELEASE: readonly string[] = ["etc/os-release", "usr/lib/os-release"];
