import { arch } from "node:os";
import { TareError } from "../../base/index.ts";
import { parsePlatform, platformOf } from "../../oci/index.ts";
import {
  type DebianRelease,
  type Recipe,
  type RecipeReference,
  releaseNamed,
  summarizeRecipe,
} from "../../recipe/index.ts";
import { recipeReading } from "./compiled-recipes.ts";
import { readRecipeFor } from "./recipes.ts";

/** For which platforms (`linux/arm64`) and releases (`12`, `bookworm`) a recipe is wanted; default: all that it names. */
export interface TargetChoice {
  readonly platforms?: readonly string[];
  readonly releases?: readonly string[];
}

/**
 * A recipe for each release and architecture that is wanted. A version in the reference says the release, and whether
 * the variant debug is meant. `user-bad-recipe`, `user-bad-flag`.
 */
export async function recipeTargets(
  reference: RecipeReference,
  choice: TargetChoice,
): Promise<readonly Recipe[]> {
  const summary = await summarizeRecipe({ reference, ...recipeReading() });
  const releases = wantedReleases(reference, choice) ?? summary.releases;
  const architectures = choice.platforms?.length
    ? choice.platforms.map(architectureOf)
    : summary.architectures;
  const recipes: Recipe[] = [];
  for (const release of new Set(releases))
    for (const architecture of new Set(architectures))
      recipes.push(await readRecipeFor({ ...reference, release }, architecture));
  return recipes;
}

/** The architecture of a platform, this machine's without one. `user-bad-flag` for another system than Linux. */
export function architectureOf(platform: string | undefined): string {
  const host = platformOf(arch());
  const { os, architecture } = platform === undefined ? host : parsePlatform(platform, host);
  if (os === "linux") return architecture;
  throw new TareError("user-bad-flag", `a recipe composes images for linux, not for ${os}`, {
    hint: "write --platform linux/amd64 or linux/arm64",
  });
}

function wantedReleases(
  reference: RecipeReference,
  { releases = [] }: TargetChoice,
): readonly DebianRelease[] | undefined {
  if (releases.length === 0) return reference.release && [reference.release];
  if (reference.release !== undefined)
    throw new TareError("user-bad-flag", "the release is said twice: behind the recipe and by --release", {
      hint: "keep one of them",
    });
  return releases.map((text) => {
    const release = releaseNamed(text);
    if (release !== undefined) return release;
    throw new TareError("user-bad-flag", `there is no Debian release ${JSON.stringify(text)}`, {
      hint: "--release takes 13 (trixie) and 12 (bookworm)",
    });
  });
}
