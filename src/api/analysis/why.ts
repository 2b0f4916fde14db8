import { userInfo } from "node:os";
import type { ImageAnalysis } from "../../analysis/index.ts";
import { type Digest, TareError } from "../../base/index.ts";
import type { FileNeeds, FileReason, PathReason } from "../../causes/index.ts";
import { type BuildEvent, openImage } from "../../solver/index.ts";
import { openStore } from "../../store/index.ts";
import { storeFolder } from "../store-choice.ts";
import { type AnalyseRequest, analyseImage } from "./analyse.ts";
import { openFileHistory } from "./earlier-steps.ts";
import { type NeedsJob, needsStored } from "./needs-stored.ts";
import { provenanceOf } from "./stored-provenance.ts";

/** Which paths of which image are to be explained. */
export interface ExplainPathsRequest extends AnalyseRequest {
  /** Files, folders, and patterns with `*`, `?`, `[a-z]` and `**`; at least one. */
  readonly paths: readonly string[];
}

/**
 * Says why paths are in an image: the layer and the line that wrote it, the package and who wanted it, the programs that
 * need it; or why they are not. One answer for each path and each match, in that order. Errors as of `analyseImage`;
 * `user-bad-flag` for a pattern that matches too much.
 */
export async function explainPaths(
  { paths, ...request }: ExplainPathsRequest,
  emit: (event: BuildEvent) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly PathReason[]> {
  if (paths.length === 0 || paths.includes(""))
    throw new TareError("user-bad-flag", "a path is missing", {
      hint: "name at least one: tare why app /usr/bin/app",
    });
  const analysis = await analyseImage(request, emit, signal);
  const { explain } = await import("../../causes/index.ts");
  const found = explain(analysis, paths, await provenanceOf(request, analysis.image.id));
  const reasons = await withHistory(found, { request, image: analysis.image.id as Digest }, signal);
  const files = reasons.flatMap((reason) => (reason.found === "file" ? [reason] : []));
  const programs = loadable(analysis, files);
  if (programs.length === 0) return reasons;
  const job = { root: storeFolder(request), image: analysis.image.id, paths: programs };
  const needs = await needsAnywhere(job, signal);
  return reasons.map((reason) => (reason.found === "file" ? withNeeds(reason, needs) : reason));
}

/** Where files were before they were copied into the image, as far as the store remembers its build. */
async function withHistory(
  reasons: readonly PathReason[],
  { request, image }: { readonly request: Omit<ExplainPathsRequest, "paths">; readonly image: Digest },
  signal: AbortSignal,
): Promise<readonly PathReason[]> {
  const store = await openStore(storeFolder(request));
  await using _lease = await store.hold(`tare why ${image}`);
  const history = await openFileHistory(store, image, signal);
  if (!history) return reasons;
  const told = async (reason: FileReason): Promise<FileReason> => ({
    ...reason,
    ...(reason.package ? {} : await history.of(reason)),
    ...(reason.target && { target: await told(reason.target) }),
  });
  const found: PathReason[] = [];
  for (const reason of reasons) found.push(reason.found === "file" ? await told(reason) : reason);
  return found;
}

/** Files that others may need to start or to load, links' targets among them. */
function loadable({ files }: ImageAnalysis, reasons: readonly FileReason[]): readonly string[] {
  const asked = new Set(reasons.flatMap(({ path, target }) => [path, target?.path ?? path]));
  return files.filter(({ path, program }) => program && asked.has(path)).map(({ path }) => path);
}

function withNeeds(reason: FileReason, needs: Readonly<Record<string, FileNeeds>>): FileReason {
  const found = needs[reason.path];
  return {
    ...reason,
    ...(reason.target && { target: withNeeds(reason.target, needs) }),
    ...(found && { needs: found }),
  };
}

/** What RUN left may belong to other users, whose files only the engine can read. */
async function needsAnywhere(
  job: NeedsJob,
  signal: AbortSignal,
): Promise<Readonly<Record<string, FileNeeds>>> {
  const store = await openStore(job.root);
  await using _lease = await store.hold(`tare why ${job.image}`);
  const { files } = await openImage(store, job.image);
  const isReadable = files.layers.every(({ form }) => form === "tar") || userInfo().uid === 0;
  if (isReadable) return needsStored(job, {});
  const { callEngine } = await import("../../engine/index.ts");
  const found = await callEngine({ method: "needs", params: job }, { emit: () => undefined }, signal);
  return found as Readonly<Record<string, FileNeeds>>;
}
