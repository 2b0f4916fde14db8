import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../base/index.ts";
import { mountOverlay, type ShortNames } from "./overlay.ts";

/** What the file system of a step is made of. */
export interface StepRequest {
  /** Directory forms of the layers below, bottom first; may be empty. */
  readonly layers: readonly string[];
  /** An empty folder on the store's file system. */
  readonly scratch: string;
  readonly userNamespace: boolean;
  readonly names: ShortNames;
  /** What the layers say of the root itself; absent is root's, 0755. */
  readonly root?: { readonly mode: number; readonly uid: number; readonly gid: number };
}

/** A writable file system on top of layers; unmounted when disposed. */
export interface StepRoot extends Disposable {
  /** Where it is mounted. */
  readonly rootfs: string;
  /** What was changed, in overlayfs's own form. */
  readonly upper: string;
}

/** Mounts the layers with an empty one on top. */
export function mountStep({ layers, scratch, userNamespace, names, root }: StepRequest): StepRoot {
  const folder = (name: string) => join(scratch, name);
  const empty = layers.length === 0 ? ["empty"] : [];
  for (const name of ["upper", "work", "rootfs", ...empty]) mkdirSync(folder(name), { mode: 0o755 });
  if (root) dress(folder("upper"), root);
  const lowers = [...layers.toReversed(), ...empty.map(folder)];
  const overlay = mountOverlay({
    lowers,
    upper: folder("upper"),
    work: folder("work"),
    target: folder("rootfs"),
    userNamespace,
    names,
  });
  return {
    rootfs: folder("rootfs"),
    upper: folder("upper"),
    [Symbol.dispose]: () => overlay[Symbol.dispose](),
  };
}

/** An overlay's root has the facts of its upper directory. An owner beyond the namespace's range stays out of it. */
function dress(upper: string, { mode, uid, gid }: NonNullable<StepRequest["root"]>): void {
  try {
    if (uid !== 0 || gid !== 0) chownSync(upper, uid, gid);
  } catch (error) {
    if (!isSystemError(error, "EINVAL", "EPERM")) throw error;
  }
  chmodSync(upper, mode);
}
