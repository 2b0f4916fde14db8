import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { isSystemError, MNT_DETACH, MS, mount, TareError, umount } from "../base/index.ts";

/**
 * Short names for directories. The options of an overlay mount must fit into one page, so lower directories
 * are named by links in a folder that is the engine's working directory: `0:1:2` holds hundreds of layers.
 */
export interface ShortNames {
  nameOf(directory: string): string;
}

/** Names in `folder`, which has to be the current directory whenever something is mounted. */
export function shortNames(folder: string): ShortNames {
  const names = new Map<string, string>();
  return {
    nameOf(directory) {
      const known = names.get(directory);
      if (known !== undefined) return known;
      const name = names.size.toString(36);
      symlinkSync(directory, join(folder, name));
      names.set(directory, name);
      return name;
    },
  };
}

export interface OverlayRequest {
  /** Topmost first; at least one. The same layer may be there more than once. */
  readonly lowers: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly target: string;
  readonly userNamespace: boolean;
  readonly names: ShortNames;
}

/**
 * Mounts an overlay; it is gone when disposed. The upper directory never lies about its files. Device nodes in it are
 * files that nobody can open: a step may make them, but it gets at no device of the host.
 */
export function mountOverlay(request: OverlayRequest): Disposable {
  const { upper, work, target, userNamespace, names } = request;
  // The kernel wants no directory twice, and the topmost one hides all that the same one below it has.
  const lowers = [...new Set(request.lowers)].map(names.nameOf).join(":");
  // In a user namespace marks are user.overlay.*, and redirects are off by themselves.
  const features = userNamespace ? "userxattr,volatile" : "index=off,redirect_dir=off,metacopy=off,volatile";
  const data = `lowerdir=${lowers},upperdir=${upper},workdir=${work},${features}`;
  try {
    mount({ source: "overlay", target, type: "overlay", flags: MS.nodev, data });
  } catch (error) {
    if (isSystemError(error)) throw refused(error);
    throw error;
  }
  return { [Symbol.dispose]: () => umount(target, MNT_DETACH) };
}

function refused(error: NodeJS.ErrnoException): TareError {
  return new TareError("environment-runtime", `the kernel refuses an overlay mount (${error.code})`, {
    hint: "Linux 5.11 or newer is needed without root, and a store on a disk that is not itself an overlay (set TARE_ROOT)",
    cause: error,
  });
}
