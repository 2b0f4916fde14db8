import { dirname, isAbsolute, resolve } from "node:path";
import { type SourceLocation, TareError } from "../base/index.ts";
import { decodeText, parseYamlDocument, type YamlDocument, type YamlKind } from "../text/index.ts";
import { completePattern } from "./image-pattern.ts";
import { registryRules } from "./registry-rules.ts";
import type { SettingsContent } from "./schema.ts";
import type { BaseRule, Settings } from "./types.ts";

const SETTINGS: YamlKind = {
  code: "user-bad-settings",
  noun: "tare.yaml",
  manual: "docs/tare-yaml.md has an example of every key",
};

/** What reading settings needs besides their bytes. */
export interface SettingsFile {
  /** Where it is, whole: paths in it are seen from its folder. */
  readonly path: string;
  /** As messages name it. */
  readonly title: string;
  /** Throws a TareError for what is no recipe's name. */
  readonly checkRecipe: (reference: string) => void;
}

/**
 * Reads `tare.yaml`. An empty file says nothing. Everything else that is wrong is `user-bad-settings` with its place.
 * The libraries for YAML and schemas are loaded now.
 */
export async function parseSettings(bytes: Uint8Array, file: SettingsFile): Promise<Settings> {
  const text = decodeText(bytes, { file: file.title, kind: SETTINGS });
  if (saysNothing(text)) return { file: file.title, bases: { wellKnown: false, map: [] }, registries: [] };
  const document = await parseYamlDocument(text, {
    file: file.title,
    isText: () => false,
    kind: SETTINGS,
    schema: async () => (await import("./schema.ts")).settingsSchema,
  });
  const { bases, registries } = document.content;
  return {
    file: file.title,
    bases: { wellKnown: bases?.["well-known"] ?? false, map: rulesOf(document, file) },
    registries: registryRules(registries ?? {}, file),
  };
}

function saysNothing(text: string): boolean {
  return text.split("\n").every((line) => /^\s*(?:#|$)/.test(line));
}

function rulesOf(document: YamlDocument<SettingsContent>, file: SettingsFile): readonly BaseRule[] {
  const rules: BaseRule[] = [];
  for (const [key, recipe] of Object.entries(document.content.bases?.map ?? {})) {
    const locate = (part: "key" | "value") => document.locate(["bases", "map", key], part);
    const images = completePattern(key) as string;
    if (rules.some((rule) => rule.images === images)) throw sameImage(key, locate("key"));
    const source = checkedRecipe(recipe, { file, location: () => locate("value") });
    rules.push({ images, recipe, source: `recipe://${source}` });
  }
  return rules;
}

function sameImage(key: string, location: SourceLocation): TareError {
  return new TareError(SETTINGS.code, `${key} is another way to write an image that has a recipe already`, {
    hint: "keep one of them",
    location,
  });
}

/** The recipe's reference, with a whole path where it is a file. */
function checkedRecipe(
  recipe: string,
  { file, location }: { readonly file: SettingsFile; readonly location: () => SourceLocation },
): string {
  const isFile = /\.ya?ml(?::[^:/]*)?$/.test(recipe);
  const source = isFile && !isAbsolute(recipe) ? resolve(dirname(file.path), recipe) : recipe;
  try {
    file.checkRecipe(source);
    return source;
  } catch (error) {
    if (!(error instanceof TareError)) throw error;
    const { hint } = error.facts;
    throw new TareError(SETTINGS.code, error.message, {
      cause: error,
      location: location(),
      ...(hint !== undefined && { hint }),
    });
  }
}
