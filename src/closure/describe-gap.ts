import { assertNever } from "../base/index.ts";
import type { Gap, InterpreterGap, LibraryGap } from "./gap.ts";

/**
 * For each of some paths and sonames, the names of the packages that have it: the path itself, or a file of that name
 * in any folder of libraries; none when no package does. A path has no slash in front and no link in its folders as
 * the tree has them, but packages of before the merge of /usr may have it in `bin/` instead of `usr/bin/`.
 */
export type FindOwners = (wanted: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>;

/**
 * A gap as one sentence without a full stop: `usr/bin/nginx needs libpcre2-8.so.0, which no package of the
 * recipe brings; libpcre2-8-0 has it`. `owners` are the packages that have what is missing; without it
 * nobody has looked.
 */
export function describeGap(gap: Gap, { owners }: { readonly owners?: readonly string[] } = {}): string {
  const help = owners ? ownersText(owners) : "";
  switch (gap.kind) {
    case "library":
      return `${gap.file} needs ${gap.needs}, ${libraryText(gap)}${help}`;
    case "version":
      return `${gap.file} needs the version ${gap.version} of ${gap.needs}, which ${gap.library} does not have`;
    case "interpreter":
      return `${gap.file} is started by ${quoted(gap.needs)}, ${PROBLEMS[gap.problem]}${help}`;
    case "dlopen":
      return `${gap.file} would load ${gap.needs}, which is not there, for ${gap.reason}${help}`;
    case "link":
      return `${gap.file} is a link to ${quoted(gap.needs)}, ${linkText(gap.missing)}${help}`;
    case "unloadable":
      return `nothing here can load ${gap.file}: ${gap.reason}`;
    case "unused-allowance":
      return `the recipe allows ${quoted(gap.pattern)} to be missing, which nothing misses`;
    default:
      return assertNever(gap);
  }
}

const PROBLEMS: Readonly<Record<InterpreterGap["problem"], string>> = {
  missing: "which is not there",
  "not-executable": "which nobody may execute",
  "not-on-path": "which is in no folder of PATH",
  unfit: "which is no loader for it",
};

function libraryText({ instead, program }: LibraryGap): string {
  const text = instead ? `but ${instead.path} ${instead.why}` : "which no package of the recipe brings";
  return program === undefined ? text : `${text} (loading ${program})`;
}

function linkText(missing: string | undefined): string {
  return missing === undefined ? "which leads back to itself" : `but there is no ${missing}`;
}

function ownersText(owners: readonly string[]): string {
  if (owners.length === 0) return "; no package has it";
  const [first, ...others] = owners;
  return others.length === 0 ? `; ${first} has it` : `; one of these has it: ${owners.join(", ")}`;
}

/** As it is where it is a plain name, else so that blanks and control characters show. */
function quoted(text: string): string {
  return /^[\w./+@:=$%,~-]+$/.test(text) ? text : JSON.stringify(text);
}

/** What to ask about a gap: a soname or a path; undefined when no further package could help. */
export function wantedBy(gap: Gap): string | undefined {
  switch (gap.kind) {
    case "library":
      return gap.instead ? undefined : gap.needs;
    case "interpreter":
      if (gap.problem === "not-on-path") return `usr/bin/${gap.needs}`;
      return gap.problem === "missing" ? gap.needs.replace(/^\/+/, "") : undefined;
    case "dlopen":
      return gap.needs;
    case "link":
      return gap.missing;
    default:
      return undefined;
  }
}

/**
 * Sentences for gaps, in their order, with the packages that have what is missing. All is asked for at once, and only
 * when something is missing. A rejection of `findOwners` is passed on.
 */
export async function describeGaps(gaps: readonly Gap[], findOwners: FindOwners): Promise<readonly string[]> {
  const wanted = [...new Set(gaps.flatMap((gap) => wantedBy(gap) ?? []))];
  const owners = wanted.length > 0 ? await findOwners(wanted) : new Map<string, readonly string[]>();
  return gaps.map((gap) => {
    const found = owners.get(wantedBy(gap) ?? "");
    return describeGap(gap, found ? { owners: found } : {});
  });
}
