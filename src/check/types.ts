import type { SourceRange } from "../base/index.ts";
import type { Dockerfile } from "../dockerfile/index.ts";
import type { Platform, RuntimeConfig } from "../oci/index.ts";
import type { Settings } from "../settings/index.ts";
import type { CheckContext } from "./context.ts";

/** Replaces the characters from `start` to `end` of the Dockerfile, counted from 0 in UTF-16 units. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A change that takes a finding away and leaves what the image does as it is. */
export interface Fix {
  /** What it does, imperative: `add --no-cache`. */
  readonly title: string;
  readonly edits: readonly Edit[];
}

/** One place where a rule does not hold. */
export interface Finding {
  readonly range: SourceRange;
  readonly message: string;
  readonly hint?: string;
  readonly fix?: Fix;
  /** The instruction whose `# check=` comment counts; that of `range` when absent. */
  readonly cause?: SourceRange;
}

/** One check, as data. */
export interface Rule {
  readonly id: string;
  /** `buildkit` is what `docker build --check` reports too. */
  readonly group: "buildkit" | "tare";
  readonly severity: "warning" | "error";
  /** One sentence that holds for every finding. */
  readonly summary: string;
  /** Its page, relative to the root of the project. */
  readonly url: string;
  /** Runs only where `experimental=` names it. */
  readonly experimental?: boolean;
  readonly check: (context: CheckContext) => Iterable<Finding>;
}

/** What is known of a base image. */
export interface KnownImage {
  readonly platform: Platform;
  readonly config: RuntimeConfig;
}

/** What a file of the build context is: a program that needs a loader, one that needs none, or nothing of both. */
export type ProgramKind = "dynamic" | "static" | "other";

export interface CheckRequest {
  readonly file: string;
  readonly source: string;
  /** The source parsed, where that was done already. */
  readonly dockerfile?: Dockerfile;
  readonly target?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** `--build-context`: lower-case name to its specification. */
  readonly namedContexts: Readonly<Record<string, string>>;
  /** Which images are composed by recipes. */
  readonly settings?: Settings;
  readonly platform: Platform;
  /** Patterns of .dockerignore; absent when there is no build context. */
  readonly ignore?: readonly string[];
  /** Rules left out on top of those that the file leaves out; `all` for all of them. */
  readonly skip?: readonly string[];
  readonly error?: boolean;
  /** Looks up a base image by its name as FROM has it, variables replaced. */
  readonly image?: (name: string) => KnownImage | undefined;
  /** Looks at a file of the build context, by its path there. */
  readonly program?: (path: string) => ProgramKind | undefined;
}

/** A finding with its rule. */
export interface CheckWarning extends Finding {
  readonly rule: Rule;
}

export interface CheckReport {
  readonly file: string;
  readonly source: string;
  /** By line, then in the order of the rules. */
  readonly warnings: readonly CheckWarning[];
  /** Whether warnings are to count as errors: `error=true`, `--error`. */
  readonly error: boolean;
}
