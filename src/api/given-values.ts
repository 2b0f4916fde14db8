import { isLayoutName, withWholeLayoutPath } from "./layout-image.ts";

/** Build arguments as given: one without a value takes it from the environment, and is nothing when that has none. */
export function buildArguments(
  given: Readonly<Record<string, string | undefined>> = {},
  environment: Readonly<Record<string, string | undefined>> = {},
): Readonly<Record<string, string>> {
  const all = Object.entries(given).map(([key, value]) => [key, value ?? environment[key]] as const);
  return Object.fromEntries(all.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}

/** Specifications of named contexts: names in lower case, paths of layouts whole. */
export function namedSpecs(given: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [
      key.toLowerCase(),
      isLayoutName(value) ? withWholeLayoutPath(value) : value,
    ]),
  );
}
