import type { Digest } from "../base/index.ts";

/** The kinds of packages, in the words of package URLs (purl-spec, "purl types"). */
export type PackageType = "deb" | "apk" | "rpm" | "npm" | "pypi" | "maven" | "golang" | "cargo" | "generic";

/** What is known of one package. What is not known is absent. */
export interface SbomPackage {
  readonly type: PackageType;
  /** Complete: `libc6`, `@scope/name`, `group:artifact`. */
  readonly name: string;
  /** Empty where none is known: a Go program that was built from a folder. */
  readonly version: string;
  /** In the package manager's own words: `amd64`, `all`. */
  readonly architecture?: string;
  /** The package URL; two packages with one URL differ in `location`. */
  readonly purl: string;
  /** The source package that it was built from, which vulnerability data is about. */
  readonly source?: PackageSource;
  readonly licenses?: PackageLicenses;
  /** The copyright statements, as they stand. */
  readonly copyright?: string;
  readonly supplier?: Supplier;
  readonly homepage?: string;
  /** One line. */
  readonly description?: string;
  /** Of the package file that it was installed from. */
  readonly sha256?: Digest;
  /** Of a Go module, as `go.sum` has it: `h1:` and the digest of the list of its files' digests. */
  readonly goSum?: string;
  /** The path that says that the package is there, without a leading slash. */
  readonly location?: string;
  readonly files?: readonly SbomFile[];
  /** Names or package URLs. Those that are not in the document are no error, and not in its graph. */
  readonly dependencies?: readonly string[];
  /** Further names that dependencies may call it by. */
  readonly provides?: readonly string[];
}

export interface PackageSource {
  readonly name: string;
  readonly version: string;
}

export interface Supplier {
  readonly kind: "person" | "organization";
  readonly name: string;
  readonly email?: string;
}

/** A file of a package; the digests are hex digits alone, whichever the package manager keeps. */
export interface SbomFile {
  /** Without a leading slash. */
  readonly path: string;
  readonly md5?: string;
  readonly sha1?: string;
  readonly sha256?: string;
}

/** The licences of a package, all of which apply as the expression says. */
export interface PackageLicenses {
  /** An SPDX licence expression (SPDX 2.3, annex D). */
  readonly expression: string;
  /** What each `LicenseRef-` of the expression means. */
  readonly extracted: readonly ExtractedLicense[];
}

/** A licence that is not on SPDX's list. */
export interface ExtractedLicense {
  /** `LicenseRef-`, then letters, digits, dots and dashes; equal only when name and text are. */
  readonly id: string;
  /** As the package calls it. */
  readonly name: string;
  readonly text: string;
}

/** The distribution, from its os-release(5). */
export interface Distribution {
  /** `debian`. */
  readonly id: string;
  /** `12`; rolling releases have none. */
  readonly versionId?: string;
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly prettyName?: string;
  /** `bookworm`. */
  readonly codename?: string;
  readonly homepage?: string;
}

/** All that a document says. */
export interface SbomDocument {
  readonly subject: SbomSubject;
  readonly distribution?: Distribution;
  /** In any order; repeated ones count once. */
  readonly packages: readonly SbomPackage[];
  /** Seconds since 1970. */
  readonly created: number;
  /** What makes the document. */
  readonly tool: { readonly name: string; readonly version: string };
}

/** The image that the document is about. */
export interface SbomSubject {
  /** `calc:1.0`. */
  readonly name: string;
  /** Of the manifest. */
  readonly digest?: Digest;
  /** Of the config. */
  readonly imageId?: Digest;
  /** Bottom first. */
  readonly diffIds?: readonly Digest[];
  readonly architecture?: string;
}
