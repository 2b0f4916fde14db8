import { join, relative } from "node:path";

/** A tree of control groups as this process sees it (cgroups(7)). */
export interface Hierarchy {
  /** Of version 1 those that are attached to it; version 2 has one hierarchy, whose groups say which they have. */
  readonly controllers: readonly string[] | "unified";
  /** Where it is mounted. */
  readonly mountPoint: string;
  /** The same folder as it can be reached, and the one of the group that this process is in. */
  readonly top: string;
  readonly own: string;
}

/**
 * The hierarchies that are mounted, by the texts of /proc/self/mountinfo and /proc/self/cgroup. `base` stands for
 * /sys/fs/cgroup where something else lies over that.
 */
export function hierarchies(mountinfo: string, groups: string, base: string): readonly Hierarchy[] {
  const memberships = groups.split("\n").map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const pathOf = (controller: string) =>
    memberships.find((match) => match?.[1]?.split(",").includes(controller))?.[2];
  return mountinfo.split("\n").flatMap((line) => {
    const [head = "", tail = ""] = line.split(" - ");
    const [, , , root = "/", mountPoint = ""] = head.split(" ");
    const [type, , options = ""] = tail.split(" ");
    if (type !== "cgroup" && type !== "cgroup2") return [];
    const controllers = type === "cgroup2" ? "unified" : options.split(",");
    const path = controllers === "unified" ? pathOf("") : controllers.map(pathOf).find(Boolean);
    if (path === undefined) return [];
    const top = mountPoint.replace(/^\/sys\/fs\/cgroup(?=\/|$)/, base);
    return [{ controllers, mountPoint, top, own: join(top, below(root, path)) }];
  });
}

/** Where a group lies under the one that is mounted; in a container it may be told by a path from elsewhere. */
function below(root: string, path: string): string {
  const inner = relative(root, path);
  return inner.startsWith("..") ? "" : inner;
}
