import { TareError } from "../base/index.ts";
import type { RecipeDocument } from "./document.ts";
import { packageName } from "./entries.ts";
import type { Merged } from "./merge.ts";

/**
 * `user-bad-recipe` for a package that `without` names and `packages` too, of the same file or of one that it extends:
 * what is named always comes, so the exclusion would do nothing. A recipe may name what one below it leaves out.
 */
export function refuseVoidExclusions(merged: Merged, files: readonly RecipeDocument[]): void {
  const named = new Map(merged.all("packages").map((item) => [packageName(item.value), item.file]));
  for (const { value, file, at } of merged.all("without")) {
    const namer = named.get(value);
    if (namer === undefined || files.indexOf(namer) > files.indexOf(file)) continue;
    const isOwn = namer === file;
    throw new TareError("user-bad-recipe", `without ${value} does nothing: packages names it`, {
      hint: isOwn
        ? "keep one of the two: what packages names always comes"
        : `write remove: { packages: [${value}] }, which takes it away from what ${namer.path} names`,
      location: at(),
    });
  }
}
