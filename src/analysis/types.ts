import type { PackageType } from "../sbom/index.ts";
import type { EntryKind } from "../tree/index.ts";

/** Everything that is known of one image. Plain JSON; sizes are bytes, paths have no leading slash, the root is "". */
export interface ImageAnalysis extends FileAnalysis {
  readonly image: ImageFacts;
}

/** What an image's layers tell, without its config: the part that takes time, and is remembered. */
export interface FileAnalysis {
  /** Bottom first. */
  readonly layers: readonly AnalysedLayer[];
  /** Every path of the merged file system in the order of `comparePaths`, the root first. */
  readonly files: readonly AnalysedFile[];
  /** Sorted by package URL, each once. `AnalysedFile.package` is a place in this list. */
  readonly packages: readonly AnalysedPackage[];
  readonly distribution?: { readonly id: string; readonly name?: string; readonly version?: string };
  /** Files that a layer has and that nobody sees, because a later layer replaces or removes them. */
  readonly hidden: readonly HiddenFile[];
  /** Files with the same content, the most bytes first. */
  readonly duplicates: readonly Duplicate[];
  /** Programs that are known by name, in the order of `files`. */
  readonly tools: readonly AnalysedTool[];
  /** Of `etc/passwd`. */
  readonly users: readonly AnalysedUser[];
  readonly secrets: readonly SecretFile[];
  /** How far contents were looked at for secrets. */
  readonly secretScan: SecretScan;
  readonly totals: Totals;
}

/** A kind of the merged tree; `hardlink` is a further name of a file that stands before it. */
export type AnalysedKind = Exclude<EntryKind, "whiteout" | "opaque">;

/** One path as a container sees it. */
export interface AnalysedFile {
  readonly path: string;
  readonly kind: AnalysedKind;
  /** 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a file its content; 0 of all else, hard links too, so that sums are right. */
  readonly size: number;
  /** Number of the layer that it is from; -1 of a root that no layer describes. */
  readonly layer: number;
  /** The package that has brought it, as a place in `packages`. */
  readonly package?: number;
  /** A symbolic link's target as written; a hard link's first name, as a path. */
  readonly link?: string;
  /** What the kernel and the loader make of the content, where that is anything. */
  readonly program?: AnalysedProgram;
  /** File capabilities: `CAP_NET_RAW`. */
  readonly capabilities?: readonly string[];
}

export interface AnalysedProgram {
  /**
   * `program` is an ELF file that can be started, `library` one that can be loaded, `object` any other. `script` begins
   * with `#!`, `damaged` begins as an ELF file does and contradicts itself.
   */
  readonly type: "program" | "library" | "object" | "script" | "damaged";
  /** The loader of an ELF file, the interpreter of a script, as written. */
  readonly interpreter?: string;
  /** What stands behind a script's interpreter. */
  readonly argument?: string;
  /** `x86-64`, `AArch64`. */
  readonly machine?: string;
  /** Needs no loader and no library. */
  readonly isStatic?: true;
  /** Libraries that it can not be loaded without, as written. */
  readonly needed?: readonly string[];
}

export interface AnalysedLayer {
  readonly number: number;
  /** What the local store calls it. */
  readonly id: string;
  /** Sum of the sizes of its files. */
  readonly size: number;
  /** Bytes when compressed. */
  readonly compressed: number;
  /** Whether `compressed` is worked out from samples, because nobody has compressed the layer. */
  readonly isEstimated: boolean;
  /** Files in it, hard links too. */
  readonly files: number;
  /** Bytes of its files that later layers replace or remove. */
  readonly hidden: number;
}

export interface AnalysedPackage {
  readonly type: PackageType;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly architecture?: string;
  /** `name version` of the source package. */
  readonly source?: string;
  /** An SPDX licence expression. */
  readonly license?: string;
  /** One line. */
  readonly description?: string;
  /** The file that says that it is there. */
  readonly location?: string;
  /** Places in `packages`; those that are not in the image are left out. */
  readonly dependencies: readonly number[];
  /** Of its files that are in the image. */
  readonly size: number;
  readonly files: number;
}

export interface HiddenFile {
  readonly path: string;
  readonly size: number;
  readonly layer: number;
  /** The layer that replaces or removes it. */
  readonly by: number;
  readonly how: "replaced" | "removed";
}

export interface Duplicate {
  /** Of each of them. */
  readonly size: number;
  /** Two or more, in order. */
  readonly paths: readonly string[];
}

/** What a program that is known by name is good for. */
export type ToolKind =
  | "shell"
  | "package-manager"
  | "interpreter"
  | "compiler"
  | "network"
  | "privilege"
  | "file"
  | "service";

export interface AnalysedTool {
  readonly kind: ToolKind;
  /** Where it is started, and the file that is started: another one where `path` is a link. */
  readonly path: string;
  readonly file: string;
  /** What it is by its content, where its name tells nothing: `busybox`. */
  readonly is?: string;
}

export interface AnalysedUser {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
  readonly shell: string;
  /** Whether the shell is a file of the image that can be started. */
  readonly canLogin: boolean;
  /** What stands for a password, of which nothing is kept. */
  readonly password: "none" | "locked" | "empty" | "set";
}

/** A file that looks like a secret. The secret itself is never kept. */
export interface SecretFile {
  readonly path: string;
  /** `a private key`, `an AWS access key`. */
  readonly what: string;
  readonly by: "name" | "content";
  /** The layer that has it. */
  readonly layer: number;
  /** Whether later layers hide it, so that only who reads the layers finds it. */
  readonly isHidden: boolean;
}

export interface SecretScan {
  /** Files whose beginning was read. */
  readonly files: number;
  readonly bytes: number;
  /** Files that were not read because there were too many before them. */
  readonly skipped: number;
}

export interface Totals {
  /** Sum of the sizes of the files in all layers: what the image takes on a disk. */
  readonly size: number;
  /** Sum of the sizes of the files that a container sees. */
  readonly visible: number;
  readonly compressed: number;
  /** Whether any layer's `compressed` is. */
  readonly isEstimated: boolean;
  readonly layers: number;
  /** Regular files, hard links too. */
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  readonly packages: number;
  /** Programs and scripts that somebody may start, each once however many names it has. */
  readonly executables: number;
  /** Shared libraries and modules in ELF form, each once. */
  readonly libraries: number;
  /** Bytes in layers that nobody sees. */
  readonly hidden: number;
  /** Bytes that would be saved if every content were there once. */
  readonly duplicate: number;
}

/** What an image's config tells. */
export interface ImageFacts {
  /** As it was asked for. */
  readonly name: string;
  /** Digest of the config. */
  readonly id: string;
  /** `linux/amd64`. */
  readonly platform: string;
  /** ISO 8601. */
  readonly created?: string;
  /** As written, "" for none. */
  readonly user: string;
  /** Whether its process starts as user 0. */
  readonly isRoot: boolean;
  /** `8080/tcp`, sorted. */
  readonly ports: readonly string[];
  /** Folders that are kept outside the image. */
  readonly volumes: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDirectory: string;
  readonly hasHealthcheck: boolean;
  /** Names of environment variables; values may be secrets. */
  readonly environment: readonly string[];
  /** Variables, labels and history lines in which something looks like a secret. */
  readonly secrets: readonly ConfigSecret[];
  /** For each layer what made it, bottom first. */
  readonly history: readonly LayerHistory[];
}

export interface ConfigSecret {
  /** `environment variable TOKEN`, `history of layer 3`. */
  readonly where: string;
  readonly what: string;
}

export interface LayerHistory {
  /** As the builder wrote it, what looks like a secret as `***`; "" when it has not. */
  readonly createdBy: string;
  readonly comment?: string;
  readonly created?: string;
  readonly diffId?: string;
}
