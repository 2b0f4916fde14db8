import { createRequire } from "node:module";
import { lazy } from "../base/index.ts";
import type { Distribution, PackageType } from "./types.ts";

/** The parts of a package URL, not yet escaped. */
export interface PurlParts {
  readonly type: PackageType | "oci";
  readonly namespace?: string;
  readonly name: string;
  readonly version?: string;
  /** Those without a value are left out. */
  readonly qualifiers?: Readonly<Record<string, string | undefined>>;
}

/** A package URL in its one canonical form (purl-spec). The name must not be empty. */
export function purlOf({ type, namespace, name, version, qualifiers = {} }: PurlParts): string {
  const pairs = Object.entries(qualifiers).flatMap(([key, value]) =>
    value ? [[key, wellFormed(value)] as const] : [],
  );
  const { PackageURL } = library();
  return new PackageURL(
    type,
    namespace === undefined ? undefined : wellFormed(namespace),
    wellFormed(name),
    version ? wellFormed(version) : undefined,
    pairs.length > 0 ? Object.fromEntries(pairs) : undefined,
    undefined,
  ).toString();
}

/** The qualifier `distro` of a distribution's packages: `debian-12`. Nothing without a version. */
export function distroOf({ id, versionId }: Partial<Distribution>): string | undefined {
  return id === undefined || versionId === undefined ? undefined : `${id}-${versionId}`;
}

const library = lazy(() => createRequire(import.meta.url)("packageurl-js") as typeof import("packageurl-js"));

/** Half of a surrogate pair has no form in UTF-8, and so none in a URL. */
function wellFormed(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
