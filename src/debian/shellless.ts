import type { PackageIndex, PackageInfo } from "./package-index.ts";
import { parseRelations } from "./relation.ts";

/** One row of the table: a kind of package, and what becomes of a dependency on it in an image without a shell. */
export interface ShelllessRule {
  readonly name: string;
  readonly verdict: "keep" | "drop";
  /** Of a dropped one, a sentence that goes on after its name. */
  readonly reason: string;
  readonly applies: (dependency: ShelllessDependency) => boolean;
}

/** What the rows look at. */
export interface ShelllessDependency {
  readonly essential: boolean;
  readonly priority: string;
  /** Without the archive area: `admin`, not `contrib/admin`. */
  readonly section: string;
  readonly architecture: string;
  readonly multiArch: string;
  /** Words of the Tag field (debtags); packages of security updates have none. */
  readonly tags: readonly string[];
  /** Whether it is built from the same source package as the one that needs it. */
  readonly ownSource: boolean;
  /** Whether its Depends has an Essential package. Those are named only where their programs are meant. */
  readonly needsEssential: boolean;
  readonly needsPerl: boolean;
  /** Whether the recipe names perl itself: then scripts in Perl can run. */
  readonly hasPerl: boolean;
}

/**
 * The rules behind `shellless: true`. The first row that applies decides; what no row speaks of is kept. Rows are
 * about kinds, never about single packages, and a package that a recipe names is never asked about. A library is
 * never dropped.
 */
export const SHELLLESS_RULES: readonly ShelllessRule[] = [
  {
    name: "own-source",
    verdict: "keep",
    reason: "is a part of the same software as the package that needs it: nginx-common, redis-tools",
    applies: ({ ownSource }) => ownSource,
  },
  {
    name: "perl",
    verdict: "drop",
    reason: "is the Perl interpreter or a module for it, and the image has no Perl",
    applies: ({ section, hasPerl }) => section === "perl" && !hasPerl,
  },
  {
    name: "library",
    verdict: "keep",
    reason:
      "is a library, or as such made to be installed for several architectures at once, which programs are not",
    applies: ({ section, multiArch }) => section === "libs" || section === "oldlibs" || multiArch === "same",
  },
  {
    name: "essential",
    verdict: "drop",
    reason:
      "is Essential: programs that scripts of packages may count on, and that nothing else needs to name",
    applies: ({ essential }) => essential,
  },
  {
    name: "scripts",
    verdict: "drop",
    reason: "is scripts, or data for programs of the base system, which the image has not",
    applies: ({ architecture, needsEssential, needsPerl, hasPerl }) =>
      architecture === "all" && (needsEssential || (needsPerl && !hasPerl)),
  },
  {
    name: "data",
    verdict: "keep",
    reason: "is data that programs read, such as time zones, fonts or names of protocols",
    applies: ({ section, tags }) =>
      section === "localization" ||
      section === "fonts" ||
      (tags.includes("role::app-data") && !tags.includes("role::program")),
  },
  {
    name: "system",
    verdict: "drop",
    reason: "is of Priority required or important: programs to boot, configure and look after a machine",
    applies: ({ priority }) => priority === "required" || priority === "important",
  },
  {
    name: "admin",
    verdict: "drop",
    reason: "is of Section admin: it looks after users, services, packages or disks",
    applies: ({ section }) => section === "admin",
  },
  {
    name: "utils",
    verdict: "drop",
    reason: "is of Section utils: commands for people and scripts",
    applies: ({ section }) => section === "utils",
  },
  {
    name: "people",
    verdict: "drop",
    reason: "is a shell, an editor or documentation, which only people at a terminal use",
    applies: ({ section }) => ["shells", "editors", "doc"].includes(section),
  },
];

/** The row that decides about a dependency, perhaps to keep it; undefined when none speaks of it. */
export function shelllessRule(
  dependency: { readonly info: PackageInfo; readonly by: PackageInfo },
  context: { readonly index: PackageIndex; readonly named: ReadonlySet<string> },
): ShelllessRule | undefined {
  const facts = factsOf(dependency, context);
  return SHELLLESS_RULES.find(({ applies }) => applies(facts));
}

function factsOf(
  { info, by }: { readonly info: PackageInfo; readonly by: PackageInfo },
  { index, named }: { readonly index: PackageIndex; readonly named: ReadonlySet<string> },
): ShelllessDependency {
  const get = (field: string) => info.fields.get(field) ?? "";
  const needs = parseRelations(get("Depends")).flatMap((clause) => clause.map(({ name }) => name));
  return {
    essential: isEssential(info),
    priority: get("Priority"),
    section: get("Section").replace(/^.*\//, ""),
    architecture: info.architecture,
    multiArch: get("Multi-Arch"),
    tags: get("Tag")
      .split(/[,\s]+/)
      .filter(Boolean),
    ownSource: sourceName(info) === sourceName(by),
    needsEssential: needs.some((name) => isEssential(index.find(name))),
    needsPerl: needs.includes("perl"),
    hasPerl: named.has("perl"),
  };
}

function isEssential(info: PackageInfo | undefined): boolean {
  return info?.fields.get("Essential") === "yes";
}

/** The source package's name; its own when no other is told. */
export function sourceName({ name, fields }: PackageInfo): string {
  return /^\S+/.exec(fields.get("Source") ?? "")?.[0] ?? name;
}
