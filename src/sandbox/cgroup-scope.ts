import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { TareError } from "../base/index.ts";
import { hierarchies } from "./cgroup-view.ts";
import { mayMake, planCgroups } from "./cgroups.ts";
import { controllersOf, type Limits } from "./limits.ts";

export interface ScopeFacts {
  readonly uid: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where cgroups are mounted; a test's own. */
  readonly base?: string;
  readonly mountinfo?: string;
  readonly groups?: string;
}

/**
 * What has to come before the engine's command for it to be able to limit a container: nothing for root and where this
 * process may make groups beside its own, else a scope that systemd hands over to the user. `environment-runtime` with what
 * to do where there is no way.
 */
export function cgroupScope(limits: Limits, facts: ScopeFacts): readonly string[] {
  const { uid, environment, base = "/sys/fs/cgroup" } = facts;
  if (uid === 0) return [];
  const { mountinfo = textOf("/proc/self/mountinfo"), groups = textOf("/proc/self/cgroup") } = facts;
  const view = hierarchies(mountinfo, groups, base);
  if (mayMake(planCgroups("tare-plan", limits, view))) return [];
  const controllers = controllersOf(limits);
  const isUnified = view.some((one) => one.controllers === "unified" && one.top === base);
  if (!isUnified)
    throw notDelegated(controllers, "this machine has cgroups of version 1, which are only for root");
  if (!hasManager(environment))
    throw notDelegated(
      controllers,
      "none of them belongs to this user, and no systemd --user runs that would give one",
    );
  const delegated = ["systemd-run", "--user", "--scope", "--quiet", "--collect", "-p", "Delegate=yes"];
  return [...delegated, "sh", "-c", INNER, "sh", ...controllers, "--"];
}

/**
 * A group that passes controllers on has no processes itself, so the scope's only one goes into a group inside it. What it
 * can not pass on, because the user was not given it, is told by whoever needs it.
 */
const INNER = [
  `group=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)`,
  'mkdir "$group/engine" && echo 0 >"$group/engine/cgroup.procs"',
  'for name; do [ "$name" = -- ] && break; (echo "+$name" >"$group/cgroup.subtree_control") 2>/dev/null; done',
  'while [ "$1" != -- ]; do shift; done; shift',
  'exec "$@"',
].join("; ");

function hasManager({ PATH = "", XDG_RUNTIME_DIR = "" }: ScopeFacts["environment"]): boolean {
  const isInstalled = PATH.split(delimiter).some((folder) => existsSync(join(folder, "systemd-run")));
  return isInstalled && XDG_RUNTIME_DIR !== "" && existsSync(join(XDG_RUNTIME_DIR, "systemd/private"));
}

function notDelegated(controllers: readonly string[], why: string): TareError {
  return new TareError(
    "environment-runtime",
    `a limit needs a cgroup with ${controllers.join(" and ")}: ${why}`,
    {
      hint: "log in through systemd (or loginctl enable-linger USER, with XDG_RUNTIME_DIR set) on a machine with cgroups of version 2, run it as root, or leave the limits out",
    },
  );
}

function textOf(file: string): string {
  return readFileSync(file, "utf8");
}
