import { TareError } from "../base/index.ts";
import { suggest } from "../dockerfile/index.ts";
import type { ImageConfig, Platform } from "../oci/index.ts";

/** What an image is composed by; plain JSON. */
export interface Recipe {
  readonly name: "debian";
  readonly version: keyof typeof CODENAMES;
}

const CODENAMES = { "12": "bookworm", "13": "trixie" } as const;
const NEWEST = "13";

/**
 * Reads `debian:13`, `debian:trixie`, `debian`, each also behind `tare/`; `user-bad-recipe`, with a suggestion, for
 * what there is no recipe for.
 */
export function parseRecipe(text: string): Recipe {
  const [, name = "", version = ""] = /^(?:tare\/)?([^:]*):?(.*)$/s.exec(text) ?? [];
  if (name !== "debian") {
    const near = suggest(name, ["debian"]);
    throw new TareError("user-bad-recipe", `there is no recipe ${JSON.stringify(name)}`, {
      hint: near === undefined ? "the recipes are: debian:12, debian:13" : `did you mean ${near}?`,
    });
  }
  const found = Object.entries(CODENAMES).find(
    ([number, codename]) => version === number || version === codename,
  );
  if (found) return { name, version: found[0] as Recipe["version"] };
  if (version === "" || version === "latest" || version === "stable") return { name, version: NEWEST };
  throw new TareError("user-bad-recipe", `the recipe debian has no version ${JSON.stringify(version)}`, {
    hint: `its versions are ${Object.entries(CODENAMES)
      .map(([number, codename]) => `${number} (${codename})`)
      .join(", ")}`,
  });
}

export function codenameOf({ version }: Recipe): string {
  return CODENAMES[version];
}

/** The config of the composed image, which is known without composing it. */
export function recipeConfig(recipe: Recipe, platform: Platform): ImageConfig {
  return {
    ...platform,
    config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], Cmd: ["bash"] },
    rootfs: { type: "layers", diff_ids: [] },
    history: [
      {
        created_by: `tare compose ${recipe.name}:${recipe.version}`,
        comment: "composed from signed Debian packages",
      },
    ],
  };
}
