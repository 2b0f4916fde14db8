import { writeFileSync } from "node:fs";
import { isSystemError } from "../base/index.ts";
import type { ProcessSpec } from "./types.ts";

/** `0` is whoever writes it (cgroups(7)). */
const ENTER = 'while [ "$1" != -- ]; do echo 0 >"$1" || exit 125; shift; done; shift; exec "$@"';
/** A session can not always be left by its user, which is better said than a reason to run nothing. */
export const OUTSIDE_LIMITS =
  "the limits of the container do not hold for this process: its cgroup can not be entered from this session";
const TRY = `while [ "$1" != -- ]; do { echo 0 >"$1"; } 2>/dev/null || echo "tare: ${OUTSIDE_LIMITS}" >&2; shift; done; shift; exec "$@"`;

/** The command that does the same inside the groups of a process. */
export function insideCgroups(
  words: readonly string[],
  { cgroups }: Pick<ProcessSpec, "cgroups">,
  { must = true }: { readonly must?: boolean } = {},
): readonly string[] {
  if (cgroups === undefined) return words;
  return ["sh", "-c", must ? ENTER : TRY, "sh", ...cgroups.join, "--", ...words];
}

/** Takes a program that started a process out of its groups again: what it needs itself does not count. */
export function leaveCgroups(pid: number | undefined, { cgroups }: Pick<ProcessSpec, "cgroups">): void {
  for (const file of cgroups?.leave ?? [])
    try {
      writeFileSync(file, String(pid));
    } catch (error) {
      // It has ended, or may not leave: then it counts.
      if (!isSystemError(error)) throw error;
    }
}
