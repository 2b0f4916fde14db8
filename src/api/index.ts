/**
 * api: the library. One file per use case: build, list, tag, remove, prune, run, pull, push. The command line uses
 * nothing else; the engine runs the same use cases inside namespaces.
 */
export type * from "../analysis/index.ts";
export { CAPABILITIES, type ErrorCode, type SourceLocation, TareError } from "../base/index.ts";
export type {
  CauseKind,
  FileReason,
  FolderReason,
  ImageWeight,
  LayerFacts,
  MissingReason,
  PackageReason,
  PathReason,
  WeightRow,
} from "../causes/index.ts";
export { checkedName, parseRestart } from "../container/index.ts";
export { parseDuration } from "../dockerfile/index.ts";
export type { Annotation } from "../oci/index.ts";
export {
  canonicalName,
  familiarName,
  familiarRepository,
  formatPlatform,
  type Reference,
} from "../oci/index.ts";
export type { LayerGrouping, Recipe, RecipeSummary } from "../recipe/index.ts";
export type { SbomFormat } from "../sbom/index.ts";
export type { BuildEvent, BuildResult, StepInfo, StepOutcome } from "../solver/index.ts";
export { NEVER_BUILT } from "../solver/index.ts";
export type { LabelFilter, PruneOptions, PruneReport } from "../store/index.ts";
export { suggest } from "../text/index.ts";
export * from "./analyse.ts";
export { type AnalyseJob, analyseStored } from "./analyse-stored.ts";
export type { ArchiveSource } from "./archive-source.ts";
export type { BaseAccess, BaseTarget } from "./base-access.ts";
export * from "./base-build.ts";
export * from "./base-init.ts";
export * from "./base-list.ts";
export * from "./base-resolve.ts";
export * from "./base-show.ts";
export * from "./base-update.ts";
export * from "./base-why.ts";
export * from "./build.ts";
export type * from "./cache-types.ts";
export * from "./check.ts";
export * from "./compare.ts";
export * from "./compress.ts";
export * from "./containers.ts";
export * from "./copy.ts";
export * from "./delete-remote.ts";
export * from "./diff.ts";
export * from "./exec.ts";
export * from "./history.ts";
export * from "./images.ts";
export * from "./inspect.ts";
export type { BuildJob } from "./job.ts";
export * from "./list-images.ts";
export * from "./load.ts";
export * from "./login.ts";
export { type NeedsJob, needsStored } from "./needs-stored.ts";
export * from "./outline.ts";
export * from "./pack-mounts.ts";
export type { PackageChange } from "./package-changes.ts";
export type { PlannedStep } from "./plan-steps.ts";
export * from "./prune.ts";
export * from "./pull.ts";
export * from "./push.ts";
export * from "./referrers.ts";
export * from "./report.ts";
export * from "./run.ts";
export * from "./run-container.ts";
export * from "./run-job.ts";
export type * from "./run-request.ts";
export * from "./save.ts";
export * from "./sbom.ts";
export * from "./sbom-formats.ts";
export type { SecretSource } from "./secrets.ts";
export * from "./timeline.ts";
export type * from "./types.ts";
export * from "./usage.ts";
export * from "./version.ts";
export * from "./volumes.ts";
export * from "./weigh.ts";
export * from "./why.ts";
export * from "./workplace.ts";
