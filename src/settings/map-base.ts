import { familiarName, type Reference } from "../oci/index.ts";
import { matchesPattern } from "./image-pattern.ts";
import type { BaseRule, Settings } from "./types.ts";
import { wellKnown } from "./well-known.ts";

/** What becomes of an image's name. */
export type MappedBase =
  /** `source` composes it: `recipe://python:12`; `notice` says so. */
  | { readonly type: "recipe"; readonly source: string; readonly notice: string }
  /** It stays what it is although its name is in a table. */
  | { readonly type: "kept"; readonly notice: string }
  /** The table of well-known names has to refuse it. */
  | { readonly type: "refused"; readonly message: string; readonly hint: string };

/**
 * What the settings say of an image: the project's table first (a complete name before patterns, patterns in the order
 * of the file), then the well-known names. Undefined when they say nothing. An image that is named by its digest is
 * exactly that image, so no recipe takes its place; recipes themselves (`tare/…`) are no images to map.
 */
export function mapBase({ bases, file }: Settings, ref: Reference): MappedBase | undefined {
  if (ref.domain === "docker.io" && ref.path.startsWith("tare/")) return undefined;
  const rule = ruleFor(ref, bases.map);
  const known = rule || !bases.wellKnown ? undefined : wellKnown(ref);
  if (!rule && !known) return undefined;
  const name = familiarName(ref);
  if (ref.digest !== undefined)
    return {
      type: "kept",
      notice: `${name} is named by its digest, so no recipe takes its place (${file})`,
    };
  if (known && "message" in known) return { type: "refused", ...known };
  const recipe = rule?.recipe ?? (known?.recipe as string);
  return {
    type: "recipe",
    source: rule?.source ?? `recipe://${recipe}`,
    notice: `${name} is composed by the recipe ${recipe} (${file})`,
  };
}

function ruleFor(ref: Reference, rules: readonly BaseRule[]): BaseRule | undefined {
  const matching = rules.filter(({ images }) => matchesPattern(images, ref));
  return matching.find(({ images }) => !images.includes("*")) ?? matching[0];
}
