import { insideRoot } from "./inside-root.ts";

/**
 * The mounts with their targets where links of the root lead, so that every runtime makes the same mount points and
 * what is left of them can be found. A target below another one lies in what is mounted there, and stays as it is.
 */
export function placeMounts<M extends { readonly target: string }>(
  rootfs: string,
  mounts: readonly M[],
): readonly M[] {
  return mounts.map((mount) => {
    const isNested = mounts.some(({ target }) => target !== mount.target && isBelow(mount.target, target));
    const found = isNested ? undefined : insideRoot(rootfs, mount.target);
    return found === undefined ? mount : { ...mount, target: found.slice(rootfs.length) || "/" };
  });
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
