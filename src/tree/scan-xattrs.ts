import { getXattr, listXattrs, TareError } from "../base/index.ts";
import { isImageXattr } from "./content-digest.ts";
import { type DiskXattrs, NO_XATTRS } from "./scan-entry.ts";

/**
 * The extended attributes of a file on disk without those that belong to the host, and in the upper
 * directory of an overlay without overlayfs's own. `integrity-store` when those say that the file's
 * bytes or a directory's content are elsewhere.
 */
export function readXattrs(full: string, overlay: boolean): DiskXattrs {
  const names = listXattrs(full);
  if (names.length === 0) return NO_XATTRS;
  const own = overlay ? names.filter((name) => OVERLAY.test(name)) : [];
  if (own.some((name) => ELSEWHERE.test(name)))
    throw new TareError(
      "integrity-store",
      `${full} is not complete: an overlay with metacopy or redirect_dir wrote it`,
    );
  const opaque = own.some((name) => OPAQUE.test(name) && getXattr(full, name)?.toString("latin1") === "y");
  const kept = names
    .filter((name) => isImageXattr(name) && !own.includes(name))
    .sort()
    .flatMap((name) => pairOf(full, name));
  return { kept: kept.length > 0 ? Object.fromEntries(kept) : undefined, opaque };
}

/** overlayfs keeps its notes under `trusted.` as root, under `user.` in a user namespace. */
const OVERLAY = /^(trusted|user)\.overlay\./;
const OPAQUE = /^(trusted|user)\.overlay\.opaque$/;
const ELSEWHERE = /^(trusted|user)\.overlay\.(metacopy|redirect)$/;

function pairOf(full: string, name: string): readonly (readonly [string, Uint8Array])[] {
  const value = getXattr(full, name);
  return value ? [[name, value]] : [];
}
