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

/** Linux has it since 5.10; whether this one does is known after the first mount. */
let hasVolatile = true;

/**
 * Mounts an overlay; it is gone when disposed. The upper directory never lies about its files. Device nodes in it are
 * files that nobody can open: a step may make them, but it gets at no device of the host.
 */
export function mountOverlay(request: OverlayRequest): Disposable {
  const { upper, work, target, userNamespace, names } = request;
  // The kernel wants no directory twice, and the topmost one hides all that the same one below it has.
  const lowers = [...new Set(request.lowers)].map(names.nameOf).join(":");
  // In a user namespace marks are user.overlay.*, and redirects are off by themselves.
  const features = userNamespace ? "userxattr" : "index=off,redirect_dir=off,metacopy=off";
  const data = `lowerdir=${lowers},upperdir=${upper},workdir=${work},${features}`;
  hasVolatile = mountPreferring({ target, data, isVolatile: hasVolatile });
  return { [Symbol.dispose]: () => umount(target, MNT_DETACH) };
}

/** Without a wait for the disk where the kernel can do that; whether it can. */
function mountPreferring(wanted: {
  readonly target: string;
  readonly data: string;
  readonly isVolatile: boolean;
}): boolean {
  const { target, data, isVolatile } = wanted;
  try {
    mount({
      source: "overlay",
      target,
      type: "overlay",
      flags: MS.nodev,
      data: isVolatile ? `${data},volatile` : data,
    });
    return isVolatile;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (!isVolatile || error.code !== "EINVAL") throw refused(error);
    return mountPreferring({ ...wanted, isVolatile: false });
  }
}

function refused(error: NodeJS.ErrnoException): TareError {
  return new TareError("environment-runtime", `the kernel refuses an overlay mount (${error.code})`, {
    hint: "Linux 5.11 or newer is needed without root, and a store on a disk that is not itself an overlay (set TARE_ROOT)",
    cause: error,
  });
}
