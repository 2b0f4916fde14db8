import { insideRoot } from "./inside-root.ts";

/**
 * The mounts with their targets where links of the root lead, so that every runtime makes the same mount points and
 * what is left of them can be found. A target below another one lies in what is mounted there, and stays as it is; it
 * comes behind the other one, which would hide it.
 */
export function placeMounts<M extends { readonly target: string }>(
  rootfs: string,
  mounts: readonly M[],
): readonly M[] {
  const placed = mounts.map((mount) => {
    const isNested = mounts.some(({ target }) => target !== mount.target && isBelow(mount.target, target));
    const found = isNested ? undefined : insideRoot(rootfs, mount.target);
    return found === undefined ? mount : { ...mount, target: found.slice(rootfs.length) || "/" };
  });
  return placed.toSorted((a, b) => depth(a.target) - depth(b.target));
}

function depth(path: string): number {
  return path.split("/").filter(Boolean).length;
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
