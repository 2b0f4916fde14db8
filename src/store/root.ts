import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The store's folder: TARE_ROOT, else /var/lib/tare for root, else `tare` in $XDG_DATA_HOME or
 * ~/.local/share (XDG Base Directory Specification).
 */
export function storeRoot(environment: Readonly<Record<string, string | undefined>>, uid: number): string {
  if (environment.TARE_ROOT) return environment.TARE_ROOT;
  if (uid === 0) return "/var/lib/tare";
  const home = environment.HOME || homedir();
  return join(environment.XDG_DATA_HOME || join(home, ".local/share"), "tare");
}
