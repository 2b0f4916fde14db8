import { PROXY_ARGS } from "../../dockerfile/index.ts";
import { isLayoutName, withWholeLayoutPath } from "../archives/layout-image.ts";
import { isRecipeName, withWholeRecipePath } from "../bases/recipes.ts";

/** Build arguments as given: one without a value takes it from the environment, and is nothing when that has none. */
export function buildArguments(
  given: Readonly<Record<string, string | undefined>> = {},
  environment: Readonly<Record<string, string | undefined>> = {},
): Readonly<Record<string, string>> {
  const all = Object.entries(given).map(([key, value]) => [key, value ?? environment[key]] as const);
  return Object.fromEntries(all.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}

/** Whether a build argument is set to what Go's strconv takes for true. */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(1|t|T|true|True|TRUE)$/.test(value);
}

/** What steps get of the build arguments for proxies: each in upper and in lower case, however it was given. */
export function proxyVariables(buildArgs: Readonly<Record<string, string>>): readonly string[] {
  const given = Object.entries(buildArgs).sort(([a], [b]) => (a < b ? -1 : 1));
  const values = new Map(given.map(([key, value]) => [key.toUpperCase(), value]));
  return PROXY_ARGS.flatMap((key) => {
    const value = values.get(key);
    return value ? [`${key}=${value}`, `${key.toLowerCase()}=${value}`] : [];
  });
}

/** Specifications of named contexts: names in lower case, paths of layouts and recipes whole. */
export function namedSpecs(given: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key.toLowerCase(), withWholePath(value)]),
  );
}

function withWholePath(spec: string): string {
  if (isLayoutName(spec)) return withWholeLayoutPath(spec);
  return isRecipeName(spec) ? withWholeRecipePath(spec) : spec;
}
