/**
 * api: the library. One file per use case, in a room with what it needs: build (and check), bases, caches, images (what is
 * here), archives (save, load), transfer (registries), containers, analysis. What all rooms need is beside this file. The
 * command line uses nothing else; the engine runs the same use cases inside namespaces.
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
export * from "./analysis/analyse.ts";
export { type AnalyseJob, analyseStored } from "./analysis/analyse-stored.ts";
export * from "./analysis/compare.ts";
export { type NeedsJob, needsStored } from "./analysis/needs-stored.ts";
export * from "./analysis/report.ts";
export * from "./analysis/sbom.ts";
export * from "./analysis/sbom-formats.ts";
export * from "./analysis/weigh.ts";
export * from "./analysis/why.ts";
export type { ArchiveSource } from "./archives/archive-source.ts";
export * from "./archives/load.ts";
export * from "./archives/save.ts";
export type { BaseAccess, BaseTarget } from "./bases/base-access.ts";
export * from "./bases/base-build.ts";
export * from "./bases/base-init.ts";
export * from "./bases/base-list.ts";
export * from "./bases/base-resolve.ts";
export * from "./bases/base-show.ts";
export * from "./bases/base-update.ts";
export * from "./bases/base-why.ts";
export type { PackageChange } from "./bases/package-changes.ts";
export * from "./build/build.ts";
export * from "./build/check.ts";
export type { BuildJob } from "./build/job.ts";
export * from "./build/outline.ts";
export type { PlannedStep } from "./build/plan-steps.ts";
export * from "./build/run-job.ts";
export type { SecretSource } from "./build/secrets.ts";
export * from "./build/timeline.ts";
export type * from "./build/types.ts";
export type * from "./caches/cache-types.ts";
export * from "./caches/pack-mounts.ts";
export * from "./containers/containers.ts";
export * from "./containers/exec.ts";
export * from "./containers/run.ts";
export * from "./containers/run-container.ts";
export type * from "./containers/run-request.ts";
export * from "./containers/volumes.ts";
export * from "./images/diff.ts";
export * from "./images/history.ts";
export * from "./images/images.ts";
export * from "./images/inspect.ts";
export * from "./images/list-images.ts";
export * from "./images/prune.ts";
export * from "./images/usage.ts";
export * from "./transfer/compress.ts";
export * from "./transfer/copy.ts";
export * from "./transfer/delete-remote.ts";
export * from "./transfer/login.ts";
export * from "./transfer/pull.ts";
export * from "./transfer/push.ts";
export * from "./transfer/referrers.ts";
export * from "./version.ts";
export * from "./workplace.ts";
