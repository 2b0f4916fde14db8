import type { Digest } from "../base/index.ts";

/** The Debian releases that recipes are composed for, by number. */
export type DebianRelease = "12" | "13";

/** OCI's names of the architectures that recipes are composed for. */
export type RecipeArchitecture = "amd64" | "arm64";

/**
 * A recipe as it was read, complete: `extends` followed, merged, resolved for one Debian release and one architecture.
 * Plain JSON, so that it can cross to the engine and be part of a cache key. Paths are absolute and normal, in the
 * form of a merged `/usr`; modes, uids and gids are numbers; every name of a user or group was looked up.
 */
export interface Recipe {
  readonly name: string;
  /** Whether the static busybox of the variant `debug` is in it. */
  readonly debug: boolean;
  readonly description: string;
  readonly release: DebianRelease;
  readonly codename: string;
  readonly architecture: RecipeArchitecture;
  /** Of all the rest, however it was written: another value means that a lock may be stale. The same for `nonroot`. */
  readonly digest: Digest;
  /** Start from all essential and required packages and apt, as an installed system does. */
  readonly base: boolean;
  /** Configured by the packages' own scripts in a sandbox; else no script runs, and composition does their work. */
  readonly scripts: boolean;
  readonly sources: readonly RecipeSource[];
  /** `none`: the packages named here and no others. */
  readonly dependencies: "follow" | "none";
  /** Leave out dependencies that only scripts and shells use. */
  readonly shellless: boolean;
  readonly packages: readonly RecipePackage[];
  /** Packages that are not taken even if something depends on them: names and patterns with `*`. */
  readonly without: readonly string[];
  readonly npm: readonly RecipeNpmPackage[];
  /** The only modules of the Java runtime that stay, with those that they require; absent: all of them. */
  readonly javaModules?: readonly string[];
  /** Patterns (see `matchesGlob`) of what is left out of every package; `include` wins. */
  readonly exclude: readonly string[];
  readonly include: readonly string[];
  readonly users: readonly RecipeUser[];
  readonly groups: readonly RecipeGroup[];
  /** In the order they are made; parents that no entry and no package brings are 0755 of root. */
  readonly directories: readonly RecipeDirectory[];
  /** Made after the packages, replacing what they bring at that path. */
  readonly files: readonly RecipeFile[];
  /** Symbolic links: where they stand and what they say. */
  readonly links: readonly RecipeLink[];
  readonly trust: RecipeTrust;
  readonly config: RecipeConfig;
  readonly layers: LayerGrouping;
  readonly allow: RecipeAllowances;
}

/** A further apt repository; Debian's own are always there. */
export interface RecipeSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** The bytes of its public keys, base64; absent: signed by the keys that ship. */
  readonly keyring?: string;
}

export interface RecipePackage {
  readonly name: string;
  /** `<<`, `<=`, `=`, `>=` or `>>`; there exactly when `version` is. */
  readonly operator?: string;
  readonly version?: string;
  /** Only these parts of it, by name; absent: the whole package. */
  readonly slices?: readonly string[];
  /** The same parts as patterns, the copyright file among them; there exactly when `slices` is. */
  readonly only?: readonly string[];
}

/** Files of a package of the npm registry, whose install scripts never run. */
export interface RecipeNpmPackage {
  readonly name: string;
  /** A version, a major or minor version (`22`), or a range as npm has it; the lock makes it exact. */
  readonly version: string;
  /** Paths in the package (below its `package/`), and where they come to be; both may end with `/`: a folder. */
  readonly files: readonly { readonly from: string; readonly to: string }[];
  /** Programs lose their symbols and debugging information. */
  readonly strip?: true;
}

/** A line of /etc/passwd. */
export interface RecipeUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
}

/** A line of /etc/group. */
export interface RecipeGroup {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

interface Owned {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface RecipeDirectory extends Owned {}

export interface RecipeFile extends Owned {
  /** Its text, stored as UTF-8; "" when it has parts. */
  readonly content: string;
  /** What follows one another in it; absent when all of it is text. */
  readonly parts?: readonly RecipeFilePart[];
}

/** Text, or the path of a file that a package brings, also of one that is left out of the image. */
export type RecipeFilePart = string | { readonly file: string };

export interface RecipeLink {
  readonly path: string;
  readonly target: string;
}

export interface RecipeTrust {
  /** /etc/ssl/certs/ca-certificates.crt is written of the certificates in the packages; SSL_CERT_FILE names it. */
  readonly bundle: boolean;
  /** /etc/ssl/certs/java/cacerts is written of the same certificates. */
  readonly java: boolean;
}

/** How a container of the image starts. */
export interface RecipeConfig {
  readonly environment: Readonly<Record<string, string>>;
  /** In numbers, `65532` or `65532:4`: a cluster can tell that it is not root. Absent: root. */
  readonly user?: string;
  readonly workdir?: string;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** `8080/tcp`, `53/udp`. */
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly stopSignal?: string;
}

/** One layer for all, one for each source package (`origin`), or one for each package. */
export type LayerGrouping = "single" | "origin" | "package";

/** Deliberate gaps that the proof of completeness accepts. */
export interface RecipeAllowances {
  /** Libraries and interpreters that are looked for and not there: names, with `*`. */
  readonly missing: readonly string[];
  /** Symbolic links that point to nothing: patterns of paths. */
  readonly dangling: readonly string[];
}

/** Which recipe is meant: `parseRecipeReference` reads one. */
export type RecipeReference = (
  | { readonly kind: "shipped"; readonly name: string }
  | { readonly kind: "file"; readonly path: string }
) & {
  /** Absent: the first release that the recipe names. */
  readonly release?: DebianRelease;
  /** With a static busybox beside it. */
  readonly debug: boolean;
  /** Containers run as the account nonroot. */
  readonly nonroot?: true;
};
