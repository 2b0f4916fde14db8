import type { SourceRange } from "../base/index.ts";

/** A Dockerfile as it is written: nothing expanded, nothing resolved, every part with its position. */
export interface Dockerfile {
  /** The name for messages: `Dockerfile`, or what the user gave. */
  readonly file: string;
  readonly source: string;
  readonly escape: "\\" | "`";
  readonly directives: readonly Directive[];
  /** The ARGs before the first FROM. */
  readonly globalArgs: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
}

/** `# escape=` and the like at the top; `key` in lower case. */
export interface Directive {
  readonly key: string;
  readonly value: string;
  readonly range: SourceRange;
}

export interface Stage {
  readonly index: number;
  readonly from: FromInstruction;
  readonly instructions: readonly StageInstruction[];
}

/** A piece of text before expansion, quotes and escapes included. */
export interface Word {
  readonly text: string;
  readonly range: SourceRange;
}

export interface KeyValue {
  readonly key: Word;
  /** Absent in `ARG NAME` only. */
  readonly value?: Word;
}

export interface Heredoc {
  readonly name: string;
  /** As the file has it, every line with its line feed. */
  readonly source: string;
  /** For `<<-` without the leading tabs; not yet expanded. */
  readonly body: string;
  /** False when any part of the name was quoted. */
  readonly expand: boolean;
  readonly chomp: boolean;
  readonly fd?: number;
  readonly range: SourceRange;
}

/** The text of RUN, CMD, ENTRYPOINT: JSON form or a line for the shell. */
export type Command =
  | { readonly form: "exec"; readonly args: readonly string[] }
  | { readonly form: "shell"; readonly text: string; readonly heredocs: readonly Heredoc[] };

interface Common {
  /** The whole instruction, continuation lines and heredocs included. */
  readonly range: SourceRange;
  /** The instruction on one line as BuildKit's history and step names show it: `COPY a b`, flags included. */
  readonly text: string;
  /** The comment directly above, without `#`. */
  readonly description?: string;
}

export interface FromInstruction extends Common {
  readonly keyword: "FROM";
  readonly image: Word;
  readonly platform?: Word;
  /** `AS name`, as written. */
  readonly alias?: Word;
}

/** `--mount=type=cache,target=/x,…`: the options in their order; values unexpanded, "" for bare ones. */
export interface MountFlag {
  readonly options: readonly { readonly key: string; readonly value: string }[];
  readonly range: SourceRange;
}

export type NetworkMode = "default" | "none" | "host";
export type SecurityMode = "sandbox" | "insecure";

export interface RunInstruction extends Common {
  readonly keyword: "RUN";
  readonly command: Command;
  readonly mounts: readonly MountFlag[];
  readonly network?: NetworkMode;
  readonly security?: SecurityMode;
  readonly devices: readonly Word[];
}

export interface CopyInstruction extends Common {
  readonly keyword: "COPY" | "ADD";
  /** Sources that are paths (or URLs for ADD). */
  readonly sources: readonly Word[];
  /** Sources that are heredocs, in their order after the paths. */
  readonly heredocs: readonly Heredoc[];
  readonly destination: Word;
  readonly from?: Word;
  readonly chown?: Word;
  readonly chmod?: Word;
  readonly link: boolean;
  readonly parents: boolean;
  readonly exclude: readonly Word[];
  readonly keepGitDir?: boolean;
  readonly checksum?: Word;
  readonly unpack?: boolean;
}

export interface KeyValueInstruction extends Common {
  readonly keyword: "ENV" | "LABEL";
  readonly pairs: readonly KeyValue[];
  /** `ENV key value`, the legacy form. */
  readonly legacy: boolean;
}

export interface ArgInstruction extends Common {
  readonly keyword: "ARG";
  readonly pairs: readonly KeyValue[];
}

export interface CommandInstruction extends Common {
  readonly keyword: "CMD" | "ENTRYPOINT";
  readonly command: Command;
}

export interface WordsInstruction extends Common {
  readonly keyword: "EXPOSE" | "VOLUME";
  readonly words: readonly Word[];
}

export interface WordInstruction extends Common {
  readonly keyword: "USER" | "WORKDIR" | "STOPSIGNAL" | "MAINTAINER";
  readonly word: Word;
}

export interface ShellInstruction extends Common {
  readonly keyword: "SHELL";
  readonly args: readonly string[];
}

/** Durations are Go's (`1m30s`), unexpanded. `NONE` is `test: undefined`. */
export interface HealthcheckInstruction extends Common {
  readonly keyword: "HEALTHCHECK";
  readonly test?: Command;
  readonly interval?: Word;
  readonly timeout?: Word;
  readonly startPeriod?: Word;
  readonly startInterval?: Word;
  readonly retries?: Word;
}

export interface OnbuildInstruction extends Common {
  readonly keyword: "ONBUILD";
  /** The trigger as it is stored in the image config: its original text. */
  readonly trigger: string;
}

export type StageInstruction =
  | RunInstruction
  | CopyInstruction
  | KeyValueInstruction
  | ArgInstruction
  | CommandInstruction
  | WordsInstruction
  | WordInstruction
  | ShellInstruction
  | HealthcheckInstruction
  | OnbuildInstruction;
