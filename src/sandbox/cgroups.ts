import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isSystemError, MNT_DETACH, MS, mount, TareError, umount } from "../base/index.ts";
import type { Hierarchy } from "./cgroup-view.ts";
import { controllersOf, type Limits, limitFiles } from "./limits.ts";
import type { ProcessCgroups } from "./types.ts";

/** Where the groups of a container are to be made. */
export interface CgroupPlan {
  readonly limits: Limits;
  /** For every hierarchy that is needed: its controllers, and the folders to try, the best first. */
  readonly groups: readonly PlannedGroup[];
}

interface PlannedGroup {
  readonly hierarchy: Hierarchy;
  readonly controllers: readonly string[];
  readonly candidates: readonly string[];
}

/** The groups of a container, which limit all that is in them; removed when disposed. */
export interface Cgroups extends ProcessCgroups, AsyncDisposable {
  /** Whether the kernel has killed one of its processes for want of memory. */
  isOutOfMemory(): boolean;
}

/**
 * Plans groups with a name of their own, beside or below the group of this process, so whatever limits that limits them too.
 * `environment-runtime` for a controller that is not there.
 */
export function planCgroups(name: string, limits: Limits, view: readonly Hierarchy[]): CgroupPlan {
  const groups = new Map<Hierarchy, string[]>();
  for (const controller of controllersOf(limits)) {
    const hierarchy =
      view.find(({ controllers }) => controllers !== "unified" && controllers.includes(controller)) ??
      view.find(({ controllers }) => controllers === "unified");
    if (hierarchy === undefined) throw noController(controller);
    groups.set(hierarchy, [...(groups.get(hierarchy) ?? []), controller]);
  }
  return {
    limits,
    groups: [...groups].map(([hierarchy, controllers]) => ({
      hierarchy,
      controllers,
      candidates: parentsIn(hierarchy).map((parent) => join(parent, name)),
    })),
  };
}

/** All folders that a plan may make, as this machine names them. */
export function plannedFolders({ groups }: CgroupPlan): readonly string[] {
  return groups.flatMap(({ hierarchy: { mountPoint, top }, candidates }) =>
    candidates.map((folder) => join(mountPoint, relative(top, folder))),
  );
}

/** Whether this user may make the groups of a plan, as far as that can be told without doing it. */
export function mayMake({ groups }: CgroupPlan): boolean {
  return groups.every(({ hierarchy, controllers, candidates }) =>
    candidates.some((folder) => isPossible(dirname(folder), { hierarchy, controllers })),
  );
}

/**
 * Makes the groups of a plan, sets their limits, and shows them in an empty folder, from where they can be mounted
 * elsewhere. `environment-runtime` where this machine does not let it.
 */
export function openCgroups({ limits, groups }: CgroupPlan, shown: string): Cgroups {
  const made: { folder: string; readonly group: PlannedGroup }[] = [];
  const places: string[] = [];
  const dispose = async () => {
    for (const place of places) umount(place, MNT_DETACH);
    for (const { folder } of made) await removeGroup(folder);
  };
  try {
    for (const group of groups) made.push({ folder: makeGroup(group), group });
    for (const { folder, group } of made) setLimits(folder, { limits, group });
    for (const { folder } of made) places.push(showIn(shown, folder));
  } catch (error) {
    void dispose();
    throw error;
  }
  return {
    join: made.map(({ folder }) => join(folder, PROCS)),
    leave: made.map(({ group }) => join(group.hierarchy.own, PROCS)),
    mounts: made.map(({ group }, index) => ({ source: places[index] as string, target: targetOf(group) })),
    isOutOfMemory: () => made.some(({ folder }) => killsIn(folder) > 0),
    [Symbol.asyncDispose]: dispose,
  };
}

/** Removes groups that a killed container has left; those that are not there, or are not empty, are passed over. */
export function removeCgroups(folders: readonly string[]): void {
  for (const folder of folders)
    try {
      rmdirSync(folder);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
}

const PROCS = "cgroup.procs";
const SUBTREE = "cgroup.subtree_control";

/**
 * The unified hierarchy has processes only in groups that pass no controllers on, so the own group will not do, unless
 * it is the topmost one of the machine, which has no type.
 */
function parentsIn({ controllers, top, own }: Hierarchy): readonly string[] {
  if (controllers !== "unified") return [own];
  const parents: string[] = own === top && !existsSync(join(top, "cgroup.type")) ? [top] : [];
  for (let at = own; at !== top && at.startsWith(top); ) {
    at = dirname(at);
    parents.push(at);
  }
  return parents;
}

function isPossible(
  parent: string,
  { hierarchy, controllers }: Pick<PlannedGroup, "hierarchy" | "controllers">,
): boolean {
  if (!mayWrite(parent) || !mayWrite(join(parent, PROCS))) return false;
  if (hierarchy.controllers !== "unified") return true;
  const [passed, there] = [wordsIn(join(parent, SUBTREE)), wordsIn(join(parent, "cgroup.controllers"))];
  return controllers.every(
    (name) => passed.includes(name) || (there.includes(name) && mayWrite(join(parent, SUBTREE))),
  );
}

function makeGroup(group: PlannedGroup): string {
  const reasons: string[] = [];
  const lacking: string[] = [];
  for (const folder of group.candidates)
    try {
      const parent = dirname(folder);
      lacking.push(...lackingIn(parent, group));
      if (group.hierarchy.controllers === "unified") passOn(parent, group.controllers);
      mkdirSync(folder);
      return folder;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      reasons.push(error.message);
    }
  const [missing] = lacking;
  if (missing !== undefined)
    throw new TareError("environment-runtime", `no cgroup that this user has can limit by ${missing}`, {
      hint: `leave that limit out, run it as root, or let systemd give it to users: Delegate=cpu cpuset io memory pids in user@.service`,
    });
  throw new TareError(
    "environment-runtime",
    `can not make a cgroup for ${group.controllers.join(" and ")}: ${reasons[0] ?? "the only one there is has processes of its own"}`,
    {
      hint: "as root outside of containers it works; inside one, start that with --cgroupns=host and a writable /sys/fs/cgroup",
    },
  );
}

/** The controllers that a group of the unified hierarchy has not itself, and so can not pass on. */
function lackingIn(parent: string, { hierarchy, controllers }: PlannedGroup): readonly string[] {
  if (hierarchy.controllers !== "unified") return [];
  const there = wordsIn(join(parent, "cgroup.controllers"));
  return controllers.filter((name) => !there.includes(name));
}

function passOn(parent: string, controllers: readonly string[]): void {
  const passed = wordsIn(join(parent, SUBTREE));
  const missing = controllers.filter((name) => !passed.includes(name));
  if (missing.length > 0) writeFileSync(join(parent, SUBTREE), missing.map((name) => `+${name}`).join(" "));
}

function setLimits(
  folder: string,
  { limits, group }: { readonly limits: Limits; readonly group: PlannedGroup },
): void {
  const version = group.hierarchy.controllers === "unified" ? 2 : 1;
  for (const { controller, file, optional, isInherited, ...limit } of limitFiles(limits, version)) {
    const path = join(folder, file);
    if (!group.controllers.includes(controller) || (optional && !existsSync(path))) continue;
    const value = isInherited ? textOf(join(dirname(folder), file)).trim() : limit.value;
    try {
      writeFileSync(path, value);
    } catch (cause) {
      throw new TareError("environment-runtime", `can not set ${file} to ${value}`, {
        hint: "the limit may be beyond that of the group around it, or below what the kernel needs",
        cause,
      });
    }
  }
}

function showIn(shown: string, folder: string): string {
  const place = mkdtempSync(join(shown, "cgroup-"));
  mount({ source: folder, target: place, type: "", flags: MS.bind, data: "" });
  return place;
}

/** Where a process expects a hierarchy. */
function targetOf({ hierarchy: { controllers } }: PlannedGroup): string {
  const root = "/sys/fs/cgroup";
  if (controllers === "unified") return root;
  return join(root, controllers.filter((word) => word !== "rw").join(","));
}

function killsIn(folder: string): number {
  const texts = ["memory.events", "memory.oom_control"].map((file) => textOf(join(folder, file)));
  return Number(/^oom_kill (\d+)$/m.exec(texts.join("\n"))?.[1] ?? 0);
}

/** Processes that were killed are in their group until they are gone. */
async function removeGroup(folder: string): Promise<void> {
  for (let tries = 0; tries < 50; tries++)
    try {
      return rmdirSync(folder);
    } catch (error) {
      if (isSystemError(error, "ENOENT")) return;
      if (!isSystemError(error, "EBUSY")) throw error;
      await sleep(20);
    }
}

function wordsIn(file: string): readonly string[] {
  return textOf(file).split(/\s+/);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function noController(name: string): TareError {
  return new TareError("environment-runtime", `this machine has no ${name} controller for cgroups`, {
    hint: "mount a cgroup hierarchy at /sys/fs/cgroup, or boot with cgroup_enable=memory where the kernel has it off",
  });
}
