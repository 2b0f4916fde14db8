import type { ResolvedPackage } from "./resolved.ts";

/** The fields of a package that become paths, versions and tables. */
type Words = Pick<
  ResolvedPackage,
  "name" | "version" | "architecture" | "source" | "sourceVersion" | "section" | "repository" | "path"
>;

const NAME = /^[a-z0-9][a-z0-9+.-]*$/;
const VERSION = /^(?:\d+:)?[0-9A-Za-z][0-9A-Za-z.+:~-]*$/;

/** How they have to be written: Debian Policy 5.6.1, 5.6.7, 5.6.8, 5.6.12; a path stays inside its repository. */
export const PACKAGE_FORMS: Readonly<Record<keyof Words, RegExp>> = {
  name: NAME,
  version: VERSION,
  architecture: /^[a-z0-9][a-z0-9-]*$/,
  source: NAME,
  sourceVersion: VERSION,
  section: /^(?!.*\.\.)[A-Za-z0-9+./_-]*$/,
  repository: /^[^\s\p{Cc}]+$/u,
  path: /^(?!\/)(?!(?:.*\/)?\.\.?(?:\/|$))[^\p{Cc}]+$/u,
};

/** The first of some fields that is not written as it has to be; undefined when all are. */
export function oddField(fields: Partial<Words>): keyof Words | undefined {
  const names = Object.keys(PACKAGE_FORMS) as readonly (keyof Words)[];
  return names.find((name) => fields[name] !== undefined && !PACKAGE_FORMS[name].test(fields[name]));
}
