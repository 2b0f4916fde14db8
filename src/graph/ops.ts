import type { Digest, SourceRange } from "../base/index.ts";
import type { Platform } from "../oci/index.ts";

/** What a vertex does. The union maps one to one onto BuildKit's LLB operations. */
export type Op = SourceOp | ExecOp | FileOp | MergeOp;

/**
 * Brings files in. Identifiers: `local://NAME` (a build context), `docker-image://REFERENCE`,
 * `recipe://NAME:VERSION`, `oci-layout://FOLDER`, `http(s)://…`, `git+ADDRESS`.
 */
export interface SourceOp {
  readonly type: "source";
  readonly identifier: string;
  readonly platform?: Platform;
  /** Of an HTTP source: `checksum`. Of git: `keep-git-dir`, `checksum`. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Of a local source: the only paths that anybody reads ("" is all of it); wildcards allowed. */
  readonly paths?: readonly string[];
}

/** Runs a process; its first input is the root file system, the result is that file system afterwards. */
export interface ExecOp {
  readonly type: "exec";
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  /** As the Dockerfile has it: `name`, `1000:1000`; "" is root. */
  readonly user: string;
  /** `private` is a network of the step's own, which reaches the outside but not this machine. */
  readonly network: "host" | "none" | "private";
  /** `insecure`: every capability, no filter of system calls. */
  readonly security: "sandbox" | "insecure";
  readonly mounts: readonly ExecMount[];
  /** More lines of /etc/hosts, `name=address`. */
  readonly hosts: readonly string[];
  /** What the process finds as the name of its machine; absent is the sandbox's default. */
  readonly hostname?: string;
  /** Bytes of /dev/shm; absent is the runtime's default. */
  readonly shmSize?: number;
  /** `name=soft:hard`. */
  readonly ulimits: readonly string[];
  /** Proxy variables of the process; not part of the cache key, never in the image. */
  readonly proxyEnv: readonly string[];
}

/** Something that is there while a process runs, and not part of the result. Targets are absolute. */
export type ExecMount = BindMount | CacheMount | TmpfsMount | SecretMount | SshMount | ScriptMount;

/** Files of an input (-1: none, an empty directory); what is written to them is lost. */
export interface BindMount {
  readonly type: "bind";
  readonly target: string;
  readonly input: number;
  /** Absolute in the input. */
  readonly source: string;
  readonly readonly: boolean;
}

/**
 * A directory that outlives builds, by its id and what a new one begins with: the `source` of `input`, else nothing, in
 * a directory of `made`.
 */
export interface CacheMount {
  readonly type: "cache";
  readonly target: string;
  readonly id: string;
  readonly sharing: "shared" | "private" | "locked";
  readonly input: number;
  readonly source: string;
  readonly readonly: boolean;
  /** Where no input fills it. */
  readonly made: { readonly mode: number; readonly uid: number; readonly gid: number };
}

export interface TmpfsMount {
  readonly type: "tmpfs";
  readonly target: string;
  readonly readonly: boolean;
  /** Bytes; absent is no limit but the machine's. */
  readonly size?: number;
}

/** A value that nobody but the process sees: a file, an environment variable, or both. */
export interface SecretMount {
  readonly type: "secret";
  readonly id: string;
  readonly target?: string;
  readonly env?: string;
  readonly required: boolean;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** The socket of an SSH agent. */
export interface SshMount {
  readonly type: "ssh";
  readonly id: string;
  readonly target: string;
  readonly required: boolean;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** An executable script whose text is part of the Dockerfile. */
export interface ScriptMount {
  readonly type: "script";
  readonly target: string;
  readonly content: string;
}

/** Changes files; its first input is the file system to change, -1 standing for an empty one. One layer. */
export interface FileOp {
  readonly type: "file";
  readonly base: number;
  readonly actions: readonly FileAction[];
}

export type FileAction = CopyAction | MkdirAction | MkfileAction;

/** `u=rwX,go+r`: for each class any number of letters, and names of classes among them. */
export const SYMBOLIC_MODE = /^[ugoa]*([-+=][rwxXstugo]*)+(,[ugoa]*([-+=][rwxXstugo]*)+)*$/;

export interface CopyAction {
  readonly action: "copy";
  /** Which input the sources are in. */
  readonly input: number;
  /** Absolute in the input; wildcards as Go's filepath.Match where `wildcard` says so. */
  readonly source: string;
  readonly wildcard: boolean;
  /** Absolute; a trailing `/` asks for a directory. */
  readonly destination: string;
  /** `user[:group]` as written; absent: 0:0 from a context, unchanged from a stage. */
  readonly chown?: string;
  readonly keepOwner: boolean;
  /** Octal or symbolic. */
  readonly chmod?: string;
  readonly exclude: readonly string[];
  /** Only what these patterns match below the source, which is a directory, with the directories on the way. */
  readonly include?: readonly string[];
  /** Unpack the source when it is a tar archive, as ADD does. */
  readonly unpack: boolean;
}

export interface MkdirAction {
  readonly action: "mkdir";
  /** Absolute; parents are made as needed. */
  readonly path: string;
  readonly mode: number;
  readonly owner?: string;
}

/** Places a small file of given content by the rules of a copy to `destination`. */
export interface MkfileAction {
  readonly action: "mkfile";
  readonly name: string;
  readonly content: string;
  readonly destination: string;
  readonly chown?: string;
  readonly chmod?: string;
}

/** Stacks its inputs, later ones on top. */
export interface MergeOp {
  readonly type: "merge";
}

/** A node of the build graph. The digest covers `op` and `inputs`; the rest is for people. */
export interface Vertex {
  readonly digest: Digest;
  readonly op: Op;
  readonly inputs: readonly Digest[];
  /** As progress shows it: `[build 2/4] RUN make`. */
  readonly name: string;
  readonly origin?: SourceRange;
  /** Run it even if a result is known. */
  readonly ignoreCache?: boolean;
}

/** Vertices with every input before its user. */
export interface Graph {
  readonly vertices: readonly Vertex[];
  /** What is made: a vertex for each image that is not empty. Of a graph of one image it is the last vertex. */
  readonly results: readonly Digest[];
}
