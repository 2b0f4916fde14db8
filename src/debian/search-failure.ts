import { TareError } from "../base/index.ts";
import type { PackageInfo } from "./package-index.ts";
import { type Clause, formatClause } from "./relation.ts";
import type { Choice } from "./search.ts";

/** What a search could not get over. */
export interface Failure {
  readonly clause: Clause;
  /** Whose clause it is; nobody's if it is a wish. */
  readonly by: PackageInfo | undefined;
  /** The package that would do, and the chosen one that excludes it. Neither when none would do. */
  readonly option?: PackageInfo | undefined;
  readonly blocker?: PackageInfo | undefined;
  /** What was chosen then. */
  readonly chosen: ReadonlyMap<string, Choice>;
}

/** The error for a search that found nothing: what is missing or in conflict, and the chains that lead there. */
export function failureError(failure: Failure | undefined): TareError {
  if (!failure) return new TareError("internal-bug", "a search for packages failed without an obstacle");
  const { clause, by, option, blocker, chosen } = failure;
  if (!option || !blocker) {
    const needers = chain(chosen, by);
    const why = needers.length > 0 ? `, which ${needers.join(", needed by ")} needs` : "";
    return new TareError("resolve-package", `no package satisfies ${formatClause(clause)}${why}`, {
      hint: "check the name, the version and the suites; a mirror may be in the middle of an update",
      subject: needers.at(-1) ?? clause[0]?.name ?? "",
    });
  }
  const names = [`${option.name} ${option.version}`, `${blocker.name} ${blocker.version}`];
  const reasons = [
    reason(option.name, chain(chosen, by)),
    reason(blocker.name, chain(chosen, chosen.get(blocker.name)?.by)),
  ];
  const what =
    option.name === blocker.name
      ? `${names.join(" and ")} can not both be had`
      : names.join(" conflicts with ");
  return new TareError("resolve-package", `${what}: ${reasons.join("; ")}`, {
    hint: "leave one of them out with `without`, pin another version, or check that the suites fit each other",
    subject: chain(chosen, by).at(-1) ?? option.name,
  });
}

function reason(name: string, needers: readonly string[]): string {
  return needers.length === 0 ? `${name} is named` : `${name} is needed by ${needers.join(", needed by ")}`;
}

function chain(chosen: ReadonlyMap<string, Choice>, from: PackageInfo | undefined): readonly string[] {
  const names: string[] = [];
  for (let info = from; info; info = chosen.get(info.name)?.by) names.push(info.name);
  return names;
}
