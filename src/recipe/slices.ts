import { TareError } from "../base/index.ts";
import { suggest } from "../text/index.ts";
import type { EntryTypes } from "./entries.ts";
import type { Placed } from "./merge.ts";
import { normalPath } from "./path.ts";

/** The slices that every package has, where it has such files. */
const BUILTIN_SLICES: Readonly<Record<string, readonly string[]>> = {
  libs: ["/usr/lib/**/*.so", "/usr/lib/**/*.so.*", "/usr/lib64/*", "/usr/lib/ld-linux*"],
  bins: ["/usr/bin/*", "/usr/sbin/*", "/usr/libexec/**", "/usr/games/*"],
  data: ["/usr/share/**", "/usr/lib/locale/**"],
  conf: ["/etc/**"],
  var: ["/var/**", "/srv/**", "/run/**"],
  docs: ["/usr/share/doc/**", "/usr/share/man/**", "/usr/share/info/**", "/usr/share/doc-base/**"],
  // A package may share another one's folder, by a link.
  copyright: ["/usr/share/doc/*", "/usr/share/doc/*/copyright", "/usr/share/common-licenses/**"],
  locales: ["/usr/share/locale/**", "/usr/lib/locale/**"],
  dev: [
    "/usr/include/**",
    "/usr/lib/**/*.a",
    "/usr/lib/**/*.o",
    "/usr/lib/**/pkgconfig/**",
    "/usr/share/pkgconfig/**",
    "/usr/lib/**/cmake/**",
  ],
};

type Definitions = readonly Placed<EntryTypes["slices"]>[];

/**
 * The patterns of some slices of a package: its own definitions before those for every package (`*`), before the
 * built-in ones. The copyright file is always among them. `user-bad-recipe`, with the place, for a slice that is
 * defined nowhere.
 */
export function slicePatterns(
  { name, slices }: { readonly name: string; readonly slices: readonly string[] },
  { definitions, item }: { readonly definitions: Definitions; readonly item: Placed<unknown> },
): readonly string[] {
  const known = definitionsFor(name, definitions);
  const patterns = [...slices, "copyright"].flatMap((slice) => {
    const found = known.get(slice);
    if (found === undefined) throw unknownSlice(slice, { name, item, known: [...known.keys()] });
    return found;
  });
  return [...new Set(patterns.map(normalPath))];
}

function definitionsFor(name: string, definitions: Definitions): ReadonlyMap<string, readonly string[]> {
  const own = (owner: string) =>
    definitions
      .filter(({ value }) => value.package === owner)
      .map(({ value }) => [value.slice, value.paths] as const);
  return new Map([...Object.entries(BUILTIN_SLICES), ...own("*"), ...own(name)]);
}

function unknownSlice(
  slice: string,
  { name, item, known }: { readonly name: string; readonly item: Placed<unknown>; readonly known: string[] },
): TareError {
  const near = suggest(slice, known);
  return new TareError("user-bad-recipe", `the package ${name} has no slice ${JSON.stringify(slice)}`, {
    hint: near === undefined ? `its slices are ${known.join(", ")}` : `did you mean ${near}?`,
    location: item.at(),
  });
}
