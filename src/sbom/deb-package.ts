import { type Digest, defined } from "../base/index.ts";
import { copyrightOf, licensesOf, proseLicense } from "./debian-copyright.ts";
import { sortedTexts } from "./inventory.ts";
import { distroOf, purlOf } from "./purl.ts";
import { readSupplier } from "./supplier.ts";
import type { Distribution, PackageSource, SbomFile, SbomPackage } from "./types.ts";

/** A Debian package as its control file has it; field names in any case. */
export interface DebControl {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** What is known of a Debian package besides. */
export interface DebFacts {
  /** Whose package it is; Debian's when absent. */
  readonly distribution?: Distribution;
  /** The text of `usr/share/doc/NAME/copyright`. */
  readonly copyright?: string;
  /** Of the .deb. */
  readonly sha256?: Digest;
  readonly files?: readonly SbomFile[];
  /** Where it is recorded: `var/lib/dpkg/status`. */
  readonly location?: string;
}

/** The facts of a Debian package. Recommended and suggested packages do not count as dependencies. */
export function debPackage(control: DebControl, facts: DebFacts = {}): SbomPackage {
  const { name, version, architecture } = control;
  const fields = new Map([...control.fields].map(([key, value]) => [key.toLowerCase(), value] as const));
  const source = sourceOf(control, fields.get("source"));
  const depends = ["pre-depends", "depends"].flatMap((field) => namesIn(fields.get(field)));
  return {
    type: "deb",
    name,
    version,
    purl: debPurl(control, { source, distribution: facts.distribution }),
    source,
    dependencies: sortedTexts(depends),
    provides: sortedTexts(namesIn(fields.get("provides"))),
    ...defined({
      architecture: architecture || undefined,
      licenses:
        facts.copyright === undefined
          ? undefined
          : (licensesOf(facts.copyright) ?? proseLicense(facts.copyright, source.name)),
      copyright: facts.copyright === undefined ? undefined : copyrightOf(facts.copyright),
      supplier: readSupplier(fields.get("maintainer")),
      homepage: fields.get("homepage"),
      description: fields.get("description")?.split("\n")[0]?.trim(),
      sha256: facts.sha256,
      location: facts.location,
      files: facts.files,
    }),
  };
}

/**
 * `pkg:deb/debian/libc6@2.36-9+deb12u10?arch=amd64&distro=debian-12&upstream=glibc` (purl-spec, "deb"). The
 * source package stands in `upstream`, where scanners look for it, when it differs in name or version.
 */
function debPurl(
  { name, version, architecture }: Omit<DebControl, "fields">,
  {
    source,
    distribution,
  }: { readonly source: PackageSource; readonly distribution: Distribution | undefined },
): string {
  const { id = "debian", ...rest } = distribution ?? {};
  return purlOf({
    type: "deb",
    namespace: id,
    name,
    version,
    qualifiers: {
      arch: architecture,
      distro: distroOf({ id, ...rest }),
      upstream: upstreamOf(source, { name, version }),
    },
  });
}

/** `Source: gcc-12 (12.2.0-14)`; without the field, or without a version in it, the package's own. */
function sourceOf({ name, version }: DebControl, field: string | undefined): PackageSource {
  const match = /^\s*([^\s(]+)\s*(?:\(\s*([^\s)]+)\s*\))?/.exec(field ?? "");
  return { name: match?.[1] ?? name, version: match?.[2] ?? version };
}

function upstreamOf(source: PackageSource, own: PackageSource): string | undefined {
  if (source.version !== own.version) return `${source.name}@${source.version}`;
  return source.name === own.name ? undefined : source.name;
}

/** All names of a field such as Depends; those that are not installed will not be found. */
function namesIn(field: string | undefined): readonly string[] {
  return (field ?? "").split(/[,|]/).flatMap((item) => /^\s*([a-z0-9][a-z0-9+.-]*)/i.exec(item)?.[1] ?? []);
}
