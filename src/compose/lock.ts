import { type Digest, isDigest, TareError } from "../base/index.ts";
import type { ReleaseFacts, ResolvedPackage } from "../debian/index.ts";
import type { NpmPackage } from "../npm/index.ts";
import type { Recipe } from "../recipe/index.ts";

/** Exactly what a recipe was composed of, so that it can be composed again: the content of `NAME.lock.json`. */
export interface Lock {
  readonly version: typeof LOCK_VERSION;
  /** One for each release and architecture that was resolved. */
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
  /** Of the recipe that was resolved: another value means that the lock is stale. */
  readonly recipe: Digest;
  /** The signed files that the packages were chosen by. */
  readonly releases: readonly ReleaseFacts[];
}

const LOCK_VERSION = 1;

/** As text: a line for each package, so that a change of one is a change of one line. */
export function formatLock(targets: readonly LockedTarget[]): string {
  const parts = targets.map(({ releases, packages, npm, ...rest }) => {
    const head = JSON.stringify(rest).slice(1, -1);
    return `{${head},\n"releases": ${lines(releases)},\n"packages": ${lines(packages)},\n"npm": ${lines(npm)}}`;
  });
  return `{"version": ${LOCK_VERSION}, "targets": [\n${parts.join(",\n")}\n]}\n`;
}

function lines(values: readonly object[]): string {
  return values.length === 0
    ? "[]"
    : `[\n${values.map((value) => `  ${JSON.stringify(value)}`).join(",\n")}\n]`;
}

/** Reads a lock; `user-bad-lock` for what is none, or one of a newer version. */
export function parseLock(text: string, file: string): Lock {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badLock(file, "it is not JSON", error);
  }
  const { version, targets } = (value ?? {}) as Partial<Lock>;
  if (version !== LOCK_VERSION)
    throw badLock(file, `its version is ${JSON.stringify(version)}, not ${LOCK_VERSION}`);
  if (!Array.isArray(targets) || !targets.every(isTarget)) throw badLock(file, "a part of it is missing");
  return { version, targets };
}

/** The part of a lock for a recipe; `user-stale-lock` when the recipe has changed since, or was never locked so. */
export function lockedTarget({ targets }: Lock, recipe: Recipe, file: string): LockedTarget {
  const found = targets.find(
    ({ release, architecture }) => release === recipe.release && architecture === recipe.architecture,
  );
  if (found?.recipe === recipe.digest) return found;
  const what = found
    ? "the recipe has changed since it was locked"
    : `it says nothing of Debian ${recipe.release} on ${recipe.architecture}`;
  throw new TareError("user-stale-lock", `${file} is stale: ${what}`, {
    hint: "lock it again: tare base resolve RECIPE; tare base update RECIPE shows what moves",
  });
}

function isTarget(value: unknown): value is LockedTarget {
  const { recipe, releases, packages, npm } = (value ?? {}) as Partial<Record<keyof LockedTarget, unknown>>;
  return (
    typeof recipe === "string" &&
    isDigest(recipe) &&
    Array.isArray(releases) &&
    Array.isArray(packages) &&
    packages.every(isPackage) &&
    Array.isArray(npm) &&
    npm.every(isNpmPackage)
  );
}

const PACKAGE_TEXTS = ["name", "version", "architecture", "source", "repository", "path", "sha256"];
const PACKAGE_LISTS = ["depends", "replaces", "because"];

function isPackage(value: unknown): boolean {
  const info = (value ?? {}) as Readonly<Record<string, unknown>>;
  return (
    PACKAGE_TEXTS.every((name) => typeof info[name] === "string") &&
    PACKAGE_LISTS.every((name) => Array.isArray(info[name])) &&
    isDigest(info.sha256 as string) &&
    Number.isSafeInteger(info.size) &&
    Number.isSafeInteger(info.installedSize)
  );
}

function isNpmPackage(value: unknown): boolean {
  const { name, version, integrity } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return (
    [name, version, integrity].every((text) => typeof text === "string") && /^sha512-/.test(String(integrity))
  );
}

function badLock(file: string, why: string, cause?: unknown): TareError {
  return new TareError("user-bad-lock", `${file} is no lock of this version of Tare: ${why}`, {
    hint: "lock the recipe again: tare base resolve RECIPE",
    cause,
  });
}
