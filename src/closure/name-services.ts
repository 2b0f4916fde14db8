import { findLibrary, type LibrarySearch, type Loaded } from "./find-library.ts";
import type { DlopenGap } from "./gap.ts";

/** Where glibc is told which services to ask for names of users, groups and hosts (nsswitch.conf(5)). */
export const NSSWITCH = "etc/nsswitch.conf";

/** What glibc does without the file. */
const DEFAULT = "passwd: files\ngroup: files\nhosts: dns files\n";

/** Databases without which hardly a program works. */
const VITAL: ReadonlySet<string> = new Set(["passwd", "group", "hosts"]);

/**
 * The modules of name services that glibc would load and are not there. `required` when one of users, groups
 * and hosts has no other service; where others are left, glibc asks those.
 */
export function missingNameServices(
  search: LibrarySearch,
  { libc, text = DEFAULT }: { readonly libc: Loaded; readonly text?: string | undefined },
): readonly DlopenGap[] {
  const isThere = (service: string) =>
    isBuiltIn(service, libc) ||
    findLibrary(search, { name: moduleOf(service), from: libc }).found !== undefined;
  const gaps = new Map<string, DlopenGap>();
  for (const [database, services] of databasesOf(text)) {
    const level = VITAL.has(database) && !services.some(isThere) ? "required" : "advice";
    for (const service of services) {
      if (isThere(service) || gaps.get(service)?.level === "required") continue;
      const reason = `${database} by the service ${service}`;
      gaps.set(service, { kind: "dlopen", level, file: NSSWITCH, needs: moduleOf(service), reason });
    }
  }
  return [...gaps.values()];
}

function moduleOf(service: string): string {
  return `libnss_${service}.so.2`;
}

/** Since 2.34 they are part of the library itself. */
function isBuiltIn(service: string, { elf }: Loaded): boolean {
  return (service === "files" || service === "dns") && elf.versions.includes("GLIBC_2.34");
}

function databasesOf(text: string): readonly (readonly [string, readonly string[]])[] {
  return text.split("\n").flatMap((line) => {
    const [, database, services] = /^\s*(\w+):(.*)$/.exec(line.replace(/#.*/, "")) ?? [];
    if (database === undefined || services === undefined) return [];
    const names = services.replace(/\[[^\]]*\]/g, " ").match(/[\w-]+/g) ?? [];
    return names.length === 0 ? [] : [[database, names] as const];
  });
}
