import { mkdirSync } from "node:fs";
import { MNT_DETACH, MS, mount, umount } from "../base/index.ts";

/** A folder whose files are never on a disk; gone when disposed. Needs the engine. */
export function memoryFolder(path: string): Disposable & { readonly path: string } {
  mkdirSync(path, { recursive: true, mode: 0o711 });
  const flags = MS.nosuid | MS.nodev | MS.noexec;
  mount({ source: "tmpfs", target: path, type: "tmpfs", flags, data: "mode=711" });
  return { path, [Symbol.dispose]: () => umount(path, MNT_DETACH) };
}
