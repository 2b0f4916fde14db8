import { compareListings, type Listing } from "./listing.ts";
import type { CacheKey, KeyData } from "./record.ts";

/** A step of an earlier build: what its result depended on. */
export interface RememberedStep {
  /** As progress shows it, `[build 2/4] RUN make`. */
  readonly name: string;
  readonly key: CacheKey;
  /** Of a copy from the build context: what it took. */
  readonly files?: Listing;
}

/** A step that has no usable result. */
export interface MissedStep {
  readonly name: string;
  /** Absent when it depends on something that has to run first. */
  readonly key?: CacheKey;
  readonly files?: Listing;
  /** Whether it was asked to run whatever is known of it. */
  readonly ignoreCache: boolean;
  /** The name of an input that has to run first. */
  readonly waitsFor?: string;
  /** Of a composed base: whether it was asked for anew. */
  readonly composed?: "remembered" | "anew";
}

/** The reason of a step that no earlier build had. */
export const NEVER_BUILT = "no earlier build of it is known";

/** Why a step has to run, in a few words: what is different from the last build that had it. */
export function explainMiss(step: MissedStep, earlier: readonly RememberedStep[]): string {
  if (step.ignoreCache) return "it was asked to run again (--no-cache)";
  const before =
    earlier.find(({ name }) => name === step.name) ??
    earlier.find(({ name }) => withoutNumber(name) === withoutNumber(step.name)) ??
    earlier.find(({ name }) => placeOf(name) === placeOf(step.name));
  if (!before) return NEVER_BUILT;
  if (step.composed === "anew") return "it was asked for anew (--pull, --no-cache)";
  if (textOf(before.name) !== textOf(step.name) && !hasSameCommand(before, step))
    return `the instruction is another one; it was: ${textOf(before.name)}`;
  const own = step.key
    ? differences(before, { key: step.key, ...(step.files && { files: step.files }) })
    : [];
  if (own.length > 0) return listed(own);
  if (step.waitsFor !== undefined) return `it stands on ${step.waitsFor}, which runs again`;
  if (step.key?.digest === before.key.digest) return "its result is not in the store any more (tare prune)";
  return step.composed ? "its recipe or its lock has changed" : "the step before it has changed";
}

/** Names of steps show the values of variables; the command itself has their names. */
function hasSameCommand({ key }: RememberedStep, step: MissedStep): boolean {
  const command = key.data.args;
  return command !== undefined && JSON.stringify(command) === JSON.stringify(step.key?.data.args);
}

/** `[build] RUN make` of `[build 2/4] RUN make`: the same step when there are others before it. */
function withoutNumber(name: string): string {
  return name.replace(/^(\[[^\]]*?) ?\d+\/\d+\]/, "$1]");
}

/** `[build 2/4]`. */
function placeOf(name: string): string {
  return /^\[[^\]]*\]/.exec(name)?.[0] ?? name;
}

function textOf(name: string): string {
  return name.replace(/^\[[^\]]*\] */, "");
}

function listed(reasons: readonly string[]): string {
  const shown = reasons.slice(0, 3).join(", ");
  return reasons.length > 3 ? `${shown} and ${reasons.length - 3} more` : shown;
}

function differences(
  before: RememberedStep,
  now: { readonly key: CacheKey; readonly files?: Listing },
): readonly string[] {
  const [old, data] = [before.key.data, now.key.data];
  const changed = (name: string) => JSON.stringify(old[name]) !== JSON.stringify(data[name]);
  const reasons = Object.entries(FIELDS).flatMap(([name, tell]) => (changed(name) ? tell(old, data) : []));
  if (reasons.length > 0) return reasons;
  if (changed("content")) {
    const files = before.files && now.files ? compareListings(before.files, now.files) : [];
    return files.length > 0 ? files : ["the files that it takes have changed"];
  }
  return [];
}

type Tell = (before: KeyData, now: KeyData) => readonly string[];

/** Parts of a key that tell by themselves what has changed. */
const FIELDS: Readonly<Record<string, Tell>> = {
  args: () => ["the command has changed"],
  env: (before, now) => variables(before.env, now.env),
  cwd: () => ["the working directory has changed"],
  user: () => ["the user has changed"],
  network: () => ["the network has changed"],
  security: () => ["--security has changed"],
  mounts: () => ["a mount has changed"],
  shmSize: () => ["--shm-size has changed"],
  ulimits: () => ["--ulimit has changed"],
  hosts: () => ["--add-host has changed"],
  hostname: () => ["BUILDKIT_SANDBOX_HOSTNAME has changed"],
  actions: () => ["what is copied where has changed"],
  epoch: () => ["SOURCE_DATE_EPOCH has changed"],
  lock: () => ["the packages have changed"],
  id: () => ["the image has changed"],
};

/** Names only: a value may be a secret. */
function variables(before: unknown, now: unknown): readonly string[] {
  const [old, current] = [before, now].map(
    (list) =>
      new Map(
        (Array.isArray(list) ? list : []).map((pair: string) => [pair.split("=", 1)[0] as string, pair]),
      ),
  ) as [Map<string, string>, Map<string, string>];
  const names = [...new Set([...old.keys(), ...current.keys()])];
  return names
    .filter((name) => old.get(name) !== current.get(name))
    .map((name) => `the variable ${name} has changed`);
}
