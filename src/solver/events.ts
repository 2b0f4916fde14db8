import type { Digest, ErrorCode, SourceLocation } from "../base/index.ts";
import type { Platform } from "../oci/index.ts";

/** What a build tells while it runs; plain JSON, so that it crosses process boundaries. Times are ms since 1970. */
export type BuildEvent =
  /** All steps of the build, before the first one starts. */
  | { readonly type: "plan"; readonly steps: readonly StepInfo[] }
  /** Why a step has to run, before it does. */
  | { readonly type: "step-missed"; readonly step: string; readonly reason: string }
  /** The step's result was not in the store, but in a cache elsewhere; `source` names that. */
  | { readonly type: "step-imported"; readonly step: string; readonly source: string }
  | { readonly type: "step-started"; readonly step: string; readonly at: number }
  /** A part of a step's output; `data` may hold several lines or part of one. */
  | {
      readonly type: "step-log";
      readonly step: string;
      readonly stream: "stdout" | "stderr";
      readonly data: string;
      readonly at: number;
    }
  /** How far a long piece of work of a step is. `total` is absent when nobody knows; unit: bytes. */
  | {
      readonly type: "step-progress";
      readonly step: string;
      readonly what: string;
      readonly current: number;
      readonly total?: number;
      readonly at: number;
    }
  | {
      readonly type: "step-ended";
      readonly step: string;
      readonly outcome: StepOutcome;
      readonly at: number;
      readonly message?: string;
    }
  /** Something that the user should know; `code` is stable, such as `stage-not-built`. */
  | {
      readonly type: "notice";
      readonly code: string;
      readonly message: string;
      readonly location?: SourceLocation;
    }
  | { readonly type: "result"; readonly result: BuildResult };

export type StepOutcome = "done" | "cached" | "failed" | "cancelled";

export interface StepInfo {
  readonly id: string;
  /** As BuildKit names it: `[build 2/4] RUN make`, `[internal] load build context`, `exporting to image`. */
  readonly name: string;
  readonly inputs: readonly string[];
  readonly location?: SourceLocation;
}

export interface BuildResult {
  /** Digest of the image config, of an index for this machine; absent when the output is files (`tar`, `local`). */
  readonly imageId?: Digest;
  /** Digest of the manifest or the index, when one was made. */
  readonly manifest?: Digest;
  /** Complete names that now point to the image. */
  readonly names: readonly string[];
  /** Sum of the sizes of the files in the image's layers, bytes. */
  readonly size: number;
  /** Of an index: its images, in its order. */
  readonly platforms?: readonly { readonly platform: Platform; readonly imageId?: Digest }[];
}

/** An error on its way between processes. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}
