import type { Digest } from "../base/index.ts";
import type { ReleaseFacts, Source } from "./source.ts";

/** Which packages are wanted, from where. */
export interface ResolveRequest extends DependencyRules {
  /** In order of preference between equal versions. */
  readonly sources: readonly Source[];
  /** Debian's name of it: `amd64`, `arm64`. */
  readonly architecture: string;
  /** Relations: `libc6`, `libc6 (>= 2.36)`, `libc6=2.36-9+deb12u10`. A virtual name stands for what provides it. */
  readonly packages: readonly string[];
  /** Also the packages that are Essential or of Priority required, as every installed system has them. */
  readonly base?: boolean;
}

/** Which dependencies come along. Named packages always do. */
export interface DependencyRules {
  /** `none`: exactly the named packages. */
  readonly dependencies: "follow" | "none";
  /** Names or globs (`*`, `?`) of packages that no dependency brings. */
  readonly without?: readonly string[];
  /** Leave out what only serves maintainer scripts and shells: the table SHELLLESS_RULES. */
  readonly shellless?: boolean;
}

/** A package's bytes: where they are in their repository, and what they have to be. */
export interface PackageFile {
  /** Id of the source. */
  readonly repository: string;
  /** `pool/main/…`, counted from the source's address. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: Digest;
}

/** A package that was chosen. */
export interface ResolvedPackage extends PackageFile {
  readonly name: string;
  readonly version: string;
  /** `all` for those that fit every one. */
  readonly architecture: string;
  /** Name and version of the source package. */
  readonly source: string;
  readonly sourceVersion: string;
  readonly section: string;
  /** Bytes on the disk, as the package says. */
  readonly installedSize: number;
  /** Names of the packages that its dependencies came to; sorted, without what was dropped. */
  readonly depends: readonly string[];
  /** Names of chosen packages whose files this one may overwrite (Replaces); sorted. */
  readonly replaces: readonly string[];
  /** A shortest chain from a named package to this one, both included; one name for a named package. */
  readonly because: readonly string[];
  /** The version that would have been taken, had this one not been pinned or forced by one that is. */
  readonly newer?: string;
}

/** A dependency that a rule left out. */
export interface DroppedDependency {
  /** The package that would have come. */
  readonly name: string;
  /** The package that needs it. */
  readonly by: string;
  /** As the needer writes it: `debconf (>= 0.5) | debconf-2.0`. */
  readonly relation: string;
  /** `without GLOB`, or `shellless ROW`. */
  readonly rule: string;
  /** One sentence. */
  readonly reason: string;
}

/** What a request came to. */
export interface Resolution {
  /** By name. */
  readonly packages: readonly ResolvedPackage[];
  /** By needer, then name. */
  readonly dropped: readonly DroppedDependency[];
  readonly releases: readonly ReleaseFacts[];
}
