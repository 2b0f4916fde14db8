import { posix } from "node:path";
import { baseName } from "../tree/index.ts";
import { DLOPEN_RULES, type DlopenRule } from "./dlopen-rules.ts";
import { findLibrary, type LibrarySearch, type Loaded } from "./find-library.ts";
import type { DlopenGap } from "./gap.ts";
import type { Use } from "./need-graph.ts";

/** What known files load by name while they run, as far as it is there. */
export function openByName(
  search: LibrarySearch,
  files: readonly Loaded[],
): { readonly gaps: readonly DlopenGap[]; readonly uses: readonly Use[] } {
  const gaps: DlopenGap[] = [];
  const uses: Use[] = [];
  for (const user of files) {
    for (const rule of rulesFor(user)) {
      const found = firstFound(search, { rule, user });
      if (found) uses.push({ by: user.path, ...found, how: "dlopen" });
      else gaps.push(gapOf(rule, user));
    }
  }
  return { gaps, uses };
}

/** What is known of a file by its name, and what it says itself. */
function rulesFor({ path, elf }: Loaded): readonly Rule[] {
  const name = elf.soname ?? baseName(path);
  const notes = elf.dlopenNotes.map(
    ({ libraries, isRequired, reason }): Rule => ({
      loads: libraries,
      level: isRequired ? "required" : "advice",
      reason: reason ?? "something that it can do with it",
    }),
  );
  return [...DLOPEN_RULES.filter((rule) => rule.user.test(name)), ...notes];
}

type Rule = Omit<DlopenRule, "user">;

function firstFound(
  search: LibrarySearch,
  { rule, user }: { readonly rule: Rule; readonly user: Loaded },
): { readonly name: string; readonly file: string } | undefined {
  for (const wanted of rule.loads) {
    const name = nameFor(wanted, user);
    // Where /usr is not merged, a library may be in /lib and what belongs to it in /usr/lib.
    const file = name.includes("/")
      ? (search.files.at(name) ?? search.files.at(`usr/${name}`))?.path
      : findLibrary(search, { name, from: user }).found?.path;
    if (file !== undefined) return { name, file };
  }
  return undefined;
}

/** What a rule's name is for a file: a path without a slash in front, or a soname. */
function nameFor(name: string, { origin }: Loaded): string {
  return name.startsWith(".") ? posix.join(origin, name) : name;
}

function gapOf({ loads, level, reason }: Rule, user: Loaded): DlopenGap {
  return { kind: "dlopen", level, file: user.path, needs: nameFor(loads[0] ?? "", user), reason };
}
