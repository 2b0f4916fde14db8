import type { Digest, GrowingMap, SourceLocation, SourceRange } from "../base/index.ts";
import type { Dockerfile, Stage } from "../dockerfile/index.ts";
import type { Graph } from "../graph/index.ts";
import type { HistoryEntry, ImageConfig, Platform, RuntimeConfig } from "../oci/index.ts";
import type { Settings } from "../settings/index.ts";
import type { Chain } from "./chain.ts";

/** What the frontend needs besides the Dockerfile itself; all of it data. */
export interface FrontendRequest {
  readonly dockerfile: Dockerfile;
  readonly target?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** `--build-context`: name (lower case) to a specification such as `recipe://debian:13` or a folder. */
  readonly namedContexts: Readonly<Record<string, string>>;
  /** Which images are composed by recipes. */
  readonly settings?: Settings;
  readonly buildPlatform: Platform;
  readonly targetPlatform: Platform;
  /** Whether there are other builds for other platforms: then the names of steps have their platform. */
  readonly multiPlatform?: boolean;
  /** Architectures whose programs RUN can run here. */
  readonly runnable: readonly string[];
  readonly noCache: boolean;
  /** Stages (by name or number, lower case) whose steps run whatever is known of them. */
  readonly noCacheStages: readonly string[];
  /** What `--network=default` means. */
  readonly network: "host" | "none" | "private";
  /** Whether `RUN --security=insecure` may be used. */
  readonly allowInsecure: boolean;
  /** `--add-host`: `name=address`. */
  readonly hosts: readonly string[];
  /** `--shm-size`, bytes. */
  readonly shmSize?: number;
  /** `--ulimit`: `name=soft:hard`. */
  readonly ulimits: readonly string[];
  /** Proxy variables that steps get without being asked: the host's, and `--build-arg HTTP_PROXY=…`. */
  readonly proxyEnv: readonly string[];
}

/** Looks up the config of a base image by its source identifier; `resolve-image` when there is none. */
export type ResolveBase = (identifier: string, platform: Platform) => Promise<ImageConfig>;

/** What a build comes to: the graph, and what the image's config will say. */
export interface BuildPlan {
  readonly graph: Graph;
  readonly image: ImageTemplate;
  readonly target: Stage;
  /** The stages that the target needs, itself among them. */
  readonly stages: readonly Stage[];
  /** The last vertex of each of them, by the stage's number; none of an empty one. */
  readonly stageResults: ReadonlyMap<number, Digest>;
  readonly notices: readonly PlanNotice[];
  /** Names of local sources that the graph reads: `context` and named folders. */
  readonly localContexts: readonly string[];
  /** What wrote each entry of the image's history; as many. */
  readonly origins: readonly (StepOrigin | undefined)[];
}

/** The place in the Dockerfile that an entry of history is from. */
export interface StepOrigin {
  /** `RUN`; `FROM` for what a base brought. */
  readonly keyword: string;
  /** Its name in lower case, else its number. */
  readonly stage: string;
  readonly range: SourceRange;
  /** What `--from` names. */
  readonly from?: string;
  /** The source that FROM stands for. */
  readonly base?: { readonly identifier: string; readonly platform: Platform };
}

/** An entry of history, and what wrote it. */
export interface PlannedEntry {
  readonly entry: HistoryEntry;
  readonly origin?: StepOrigin;
}

/** An image config without what only the built layers can tell: diffIDs and times. */
export interface ImageTemplate {
  readonly platform: Platform;
  readonly author?: string;
  readonly config: RuntimeConfig;
  /** The base image's entries first; those of this build have no `created` yet. */
  readonly history: readonly HistoryEntry[];
}

export interface PlanNotice {
  readonly code: string;
  readonly message: string;
  readonly location?: SourceLocation;
}

/** A stage while its instructions are walked; every instruction makes a new value. */
export interface StageState {
  /** The file system so far; absent is empty (`scratch`). */
  readonly vertex?: Digest;
  readonly platform: Platform;
  readonly author?: string;
  /** What an instruction sets; what it adds to is in `grown`. */
  readonly config: Omit<RuntimeConfig, GrowingKey>;
  readonly grown: GrownConfig;
  readonly history: Chain<PlannedEntry> | undefined;
  /** Variables that expansion and RUN see: ENV and ARG. */
  readonly env: GrowingMap<Variable>;
  /** How often a variable was set so far. */
  readonly written: number;
  /** Declared ARGs with the last value that was given, which RUN shows in its history. */
  readonly args: GrowingMap<string>;
  /** Whether this stage itself has set CMD; an ENTRYPOINT then keeps it. */
  readonly cmdSet: boolean;
  readonly steps: StepCounter;
}

/** A variable of a stage. */
export interface Variable {
  readonly value: string;
  /** How many were set before it: a process gets its variables in the order in which they were last set. */
  readonly at: number;
}

export type GrowingKey = "Env" | "Labels" | "ExposedPorts" | "Volumes" | "OnBuild";

/** The parts of a config that every instruction adds to: ten thousand labels are not copied ten thousand times. */
export interface GrownConfig {
  /** Pairs `NAME=VALUE` by name. */
  readonly Env: GrowingMap<string>;
  readonly Labels: GrowingMap<string>;
  readonly ExposedPorts: GrowingMap<Record<string, never>>;
  readonly Volumes: GrowingMap<Record<string, never>>;
  readonly OnBuild: Chain<string> | undefined;
}

/** Counts the steps of one stage for their names, `[build 2/4]`. */
export interface StepCounter {
  readonly stage: string;
  /** Whether they have the platform, `[linux/arm64 build 2/4]`. */
  readonly platform: boolean;
  readonly index: number;
  readonly total: number;
}

/** Where COPY --from or FROM may take files from. */
export interface FileSource {
  readonly vertex?: Digest;
  /** Of a build context, not a stage or an image: a folder, whose files are root's, or an archive. */
  readonly isContext: boolean;
}

/** A place in the Dockerfile, for errors and step names. */
export interface Place {
  readonly range: SourceRange;
}
