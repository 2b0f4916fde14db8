import { inflateSync } from "node:zlib";
import { type ElfBytes, readSections } from "../../elf/index.ts";
import { purlOf } from "../purl.ts";
import type { SbomPackage } from "../types.ts";
import { ofPrograms, type PackageReader, type TreeFiles, textOf } from "./reader.ts";

/** Programs that `cargo auditable` made: each has the list of the crates that are in it. */
export const RUST: PackageReader = {
  wants: () => false,
  program: rustProgram,
  alone: true,
  read: rustPackages,
};

/**
 * The crates in Rust's programs by their section `.dep-v0` (rust-secure-code/cargo-auditable). Crates that only the
 * build needed are not in the program, and so not told.
 */
export function rustPackages(files: TreeFiles): readonly SbomPackage[] {
  return ofPrograms(files, rustProgram);
}

function rustProgram(file: ElfBytes, location: string): readonly SbomPackage[] {
  const section = readSections(file).find(({ name }) => name === ".dep-v0");
  if (!section || section.size > MAX_AUDIT) return [];
  return cratesOf(parseAudit(file.read(section.offset, section.size)), location);
}

/** Lists of a thousand crates have some hundred kilobytes before they are compressed. */
const MAX_AUDIT = 8 << 20;

interface Crate {
  readonly name: string;
  readonly version: string;
  readonly source: string;
  readonly isForBuild: boolean;
  readonly dependencies: readonly unknown[];
}

function parseAudit(data: Uint8Array): readonly (Crate | undefined)[] {
  try {
    const parsed: unknown = JSON.parse(textOf(inflateSync(data, { maxOutputLength: MAX_AUDIT })));
    const list = (parsed as { readonly packages?: unknown } | null)?.packages;
    return Array.isArray(list) ? list.map(crateOf) : [];
  } catch {
    return [];
  }
}

function crateOf(item: unknown): Crate | undefined {
  const { name, version, source, kind, dependencies } = (item ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof name !== "string" || name === "" || typeof version !== "string") return undefined;
  return {
    name,
    version,
    source: typeof source === "string" ? source : "local",
    isForBuild: kind === "build",
    dependencies: Array.isArray(dependencies) ? dependencies : [],
  };
}

function cratesOf(crates: readonly (Crate | undefined)[], location: string): readonly SbomPackage[] {
  const purls = crates.map((crate) => (crate && !crate.isForBuild ? cratePurl(crate) : undefined));
  return crates.flatMap((crate, at) => {
    const purl = purls[at];
    if (!crate || purl === undefined) return [];
    const { name, version } = crate;
    const dependencies = crate.dependencies.flatMap((index) => purls[Number(index)] ?? []);
    return [{ type: "cargo" as const, name, version, purl, location, dependencies }];
  });
}

/** The registry is where a crate without a qualifier is from (purl-spec, "cargo"). */
function cratePurl({ name, version, source }: Crate): string {
  const qualifiers = { repository_url: /^https?:/.test(source) ? source : undefined };
  return purlOf({ type: "cargo", name, version, qualifiers });
}
