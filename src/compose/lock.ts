import { type Digest, TareError } from "../base/index.ts";
import type { DroppedDependency, ReleaseFacts, ResolvedPackage } from "../debian/index.ts";
import { canonicalJson } from "../graph/index.ts";
import type { NpmPackage } from "../npm/index.ts";
import type { Recipe } from "../recipe/index.ts";
import { problemOfTargets } from "./lock-form.ts";

/** Exactly what a recipe was composed of, so that it can be composed again: the content of `NAME.lock.json`. */
export interface Lock {
  readonly version: typeof LOCK_VERSION;
  /** One for each release, architecture and variant that was resolved. */
  readonly targets: readonly LockedTarget[];
}

/** Exactly which packages. */
export interface Locked {
  readonly packages: readonly ResolvedPackage[];
  readonly npm: readonly NpmPackage[];
}

/** Names no mirror and no registry: the same lock serves everywhere. */
export interface LockedTarget extends Locked {
  readonly release: Recipe["release"];
  readonly architecture: Recipe["architecture"];
  /** Whether it is the variant with a shell. */
  readonly debug: boolean;
  /** Of the recipe that was resolved: another value means that the lock is stale. */
  readonly recipe: Digest;
  /** The signed files that the packages were chosen by. */
  readonly releases: readonly ReleaseFacts[];
  /** What rules left out, so that a lock can say why. */
  readonly dropped: readonly DroppedDependency[];
}

const LOCK_VERSION = 1;

/** As text: a line for each package, so that a change of one is a change of one line. */
export function formatLock(targets: readonly LockedTarget[]): string {
  const parts = targets.map(({ releases, packages, npm, dropped, ...rest }) => {
    const head = JSON.stringify(rest).slice(1, -1);
    const lists = Object.entries({ releases, packages, npm, dropped });
    return [`{${head}`, ...lists.map(([name, values]) => `"${name}": ${lines(values)}`)]
      .join(",\n")
      .concat("}");
  });
  return `{"version": ${LOCK_VERSION}, "targets": [\n${parts.join(",\n")}\n]}\n`;
}

function lines(values: readonly object[]): string {
  return values.length === 0
    ? "[]"
    : `[\n${values.map((value) => `  ${JSON.stringify(value)}`).join(",\n")}\n]`;
}

/** Reads a lock; `user-bad-lock`, with the place, for what is none, for one of a newer version, and for odd names and paths. */
export function parseLock(text: string, file: string): Lock {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badLock(file, "it is not JSON", error);
  }
  const { version, targets } = (value ?? {}) as Partial<Lock>;
  if (version !== LOCK_VERSION) throw badLock(file, `its version is not ${LOCK_VERSION}`);
  const problem = problemOfTargets(targets);
  if (problem !== undefined) throw badLock(file, problem);
  return { version, targets: targets as Lock["targets"] };
}

/** The part of a lock for a recipe, whose file is at `path`; `user-stale-lock` when the recipe has changed since, or was never locked so. */
export function lockedTarget(
  targets: readonly LockedTarget[],
  { recipe, path, file }: { readonly recipe: Recipe; readonly path: string; readonly file: string },
): LockedTarget {
  const found = targets.find((target) => isFor(target, recipe));
  if (found?.recipe === recipe.digest) return found;
  const { release, architecture, debug } = recipe;
  const what = found
    ? "the recipe has changed since it was locked"
    : `it says nothing of ${debug ? "the variant debug for " : ""}Debian ${release} on ${architecture}`;
  throw new TareError("user-stale-lock", `${file} is stale: ${what}`, {
    hint: `lock it again: tare base resolve ${debug ? `${path}:${release}-debug` : path}`,
  });
}

/** What a target of a lock is for, whatever is in it. */
export type TargetName = Pick<Recipe, "release" | "architecture" | "debug">;

export function isFor(a: TargetName, b: TargetName): boolean {
  return a.release === b.release && a.architecture === b.architecture && a.debug === b.debug;
}

/** Whether two targets come to the same files; when their Release files were signed makes no difference. */
export function isSameLock(a: LockedTarget, b: LockedTarget): boolean {
  const facts = ({ releases: _releases, ...rest }: LockedTarget) => canonicalJson(rest);
  return facts(a) === facts(b);
}

function badLock(file: string, why: string, cause?: unknown): TareError {
  return new TareError("user-bad-lock", `${file} is no lock of this version of Tare: ${why}`, {
    hint: "lock the recipe again: tare base resolve RECIPE",
    cause,
  });
}
