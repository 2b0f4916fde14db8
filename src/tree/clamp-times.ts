import type { Entry } from "./entry.ts";

/** The same entries, none of them younger than `epoch` (seconds since 1970); undefined leaves them as they are. */
export function clampTimes(entries: readonly Entry[], epoch: number | undefined): readonly Entry[] {
  if (epoch === undefined) return entries;
  return entries.map((entry) => (entry.mtime > epoch ? { ...entry, mtime: epoch } : entry));
}
