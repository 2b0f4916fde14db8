import { comparePaths } from "../tree/index.ts";
import type { ImageAnalysis } from "./types.ts";

/** A package or a folder that differs between two images. */
export interface GroupChange {
  /** What belongs to no package is told by its folder. */
  readonly kind: "package" | "folder";
  /** `bash`, `@scope/name`; of a folder its path from the root on: `/usr/lib`. */
  readonly name: string;
  /** Of a package: `deb`, `npm`. */
  readonly type?: string;
  readonly before?: GroupSize;
  readonly after?: GroupSize;
}

export interface GroupSize {
  readonly size: number;
  readonly files: number;
  /** Of a package; several, when it is there in several, with commas. */
  readonly version?: string;
}

/** Bytes that a change adds; negative when it takes them away. */
export function changedBytes({ before, after }: GroupChange): number {
  return (after?.size ?? 0) - (before?.size ?? 0);
}

/** What is only in one image, only in the other, and different in both, each by its bytes. */
export function compareGroups(
  first: Pick<ImageAnalysis, "files" | "packages">,
  second: Pick<ImageAnalysis, "files" | "packages">,
): {
  readonly gone: readonly GroupChange[];
  readonly came: readonly GroupChange[];
  readonly changed: readonly GroupChange[];
} {
  const [before, after] = [groupsOf(first), groupsOf(second)];
  const changes = [...new Set([...before.keys(), ...after.keys()])].map((key): GroupChange => {
    const [old, now] = [before.get(key), after.get(key)];
    const { kind, name, type } = (now ?? old) as Group;
    return {
      kind,
      name,
      ...(type !== undefined && { type }),
      ...(old && { before: sizeOf(old) }),
      ...(now && { after: sizeOf(now) }),
    };
  });
  changes.sort(
    (a, b) => Math.abs(changedBytes(b)) - Math.abs(changedBytes(a)) || comparePaths(a.name, b.name),
  );
  return {
    gone: changes.filter(({ after: now }) => now === undefined),
    came: changes.filter(({ before: old }) => old === undefined),
    changed: changes.filter(({ before: old, after: now }) => old && now && !isSame(old, now)),
  };
}

interface Group extends Pick<GroupChange, "kind" | "name" | "type"> {
  size: number;
  files: number;
  readonly versions: Set<string>;
}

/** Folders are told to this depth: `/usr/share`, `/opt/app`. */
const DEPTH = 2;

function groupsOf({
  files,
  packages,
}: Pick<ImageAnalysis, "files" | "packages">): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  const groupFor = (key: string, facts: Pick<GroupChange, "kind" | "name" | "type">): Group => {
    const known = groups.get(key);
    if (known) return known;
    const group = { ...facts, size: 0, files: 0, versions: new Set<string>() };
    groups.set(key, group);
    return group;
  };
  const owners = packages.map(({ type, name, version }) => {
    const group = groupFor(`${type} ${name}`, { kind: "package", name, type });
    group.versions.add(version);
    return group;
  });
  for (const { path, kind, size, package: owner } of files) {
    if (kind === "dir") continue;
    const folder = folderOf(path);
    const group =
      (owner === undefined ? undefined : owners[owner]) ??
      groupFor(`folder ${folder}`, { kind: "folder", name: folder });
    group.size += size;
    group.files++;
  }
  return groups;
}

function folderOf(path: string): string {
  return `/${path.split("/").slice(0, -1).slice(0, DEPTH).join("/")}`;
}

function sizeOf({ size, files, versions }: Group): GroupSize {
  return { size, files, ...(versions.size > 0 && { version: [...versions].sort().join(", ") }) };
}

function isSame(a: GroupSize, b: GroupSize): boolean {
  return a.size === b.size && a.files === b.files && a.version === b.version;
}
