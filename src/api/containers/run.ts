import { existsSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { defined, isSystemError, TareError } from "../../base/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import { openStore } from "../../store/index.ts";
import { storeFolder } from "../store-choice.ts";
import { imageToRun } from "./image-to-run.ts";
import type { RunJob, RunRequest } from "./run-request.ts";

/** What happens while an image runs. */
export type RunEvent =
  | { readonly type: "container"; readonly id: string; readonly name: string }
  | { readonly type: "started" }
  | { readonly type: "notice"; readonly code: string; readonly message: string };

/** The container, and the exit code of its process unless it goes on by itself. */
export interface RunResult {
  readonly id: string;
  readonly exitCode?: number;
}

/**
 * Runs an image: in the foreground with this process's own standard streams, until it ends, or detached until it
 * runs. The exit code is that of its process (128 + signal when one ended it). What it writes to its file system is gone
 * afterwards. `signals` are passed on to the process; aborting kills it. Throws `resolve-*`, `registry-*`, `integrity-*`,
 * `exec-not-found`, `exec-not-executable`, `user-conflict`, `environment-*`.
 */
export async function runImage(
  { environment, root, cidfile, ...request }: RunRequest,
  options: {
    readonly signals?: AsyncIterable<NodeJS.Signals>;
    readonly emit?: (event: RunEvent) => void;
    /** Told of an image that has to be fetched first. */
    readonly onPull?: (event: BuildEvent) => void;
  } = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<RunResult> {
  const choice = defined({ root, environment });
  const job: RunJob = { ...request, root: storeFolder(choice) };
  for (const { source } of job.volumes ?? [])
    if (!existsSync(source))
      throw new TareError("user-context", `the volume ${source} does not exist on this machine`, {
        hint: "make the folder first, or check the part of -v before the colon",
      });
  const image = await imageToRun({ ...request, ...choice }, options.onPull ?? (() => {}), signal);
  if (cidfile !== undefined) reserve(cidfile);
  const store = await openStore(job.root);
  // What a running container uses is safe without a lease.
  await using lease = await store.hold(`tare run ${job.image}`);
  let id = "";
  const emit = (event: unknown) => {
    const told = event as RunEvent;
    if (told.type === "container") id = told.id;
    if (told.type === "container" && cidfile !== undefined) writeFileSync(cidfile, told.id);
    if (told.type === "started") void lease[Symbol.asyncDispose]();
    options.emit?.(told);
  };
  const detached = job.detach ?? false;
  const place = {
    emit,
    foreground: !detached,
    detached,
    ...defined({ signals: options.signals, limits: job.limits }),
  };
  const { callEngine } = await import("../../engine/index.ts");
  try {
    const result = await callEngine({ method: "run", params: { ...job, image } }, place, signal);
    return { id, ...defined({ exitCode: (result as { readonly exitCode: number } | undefined)?.exitCode }) };
  } catch (error) {
    if (cidfile !== undefined && id === "") await rm(cidfile, { force: true });
    throw error;
  }
}

/** Whoever waits for the file must not find that of another container. */
function reserve(cidfile: string): void {
  try {
    writeFileSync(cidfile, "", { flag: "wx" });
  } catch (error) {
    if (isSystemError(error, "EEXIST"))
      throw new TareError("user-conflict", `the file for the container's id is there already: ${cidfile}`, {
        hint: "remove it, once no container runs that it belongs to",
        cause: error,
      });
    throw new TareError("user-bad-flag", `can not write the container's id to ${cidfile}`, {
      hint: "check that the folder exists, and may be written to",
      cause: error,
    });
  }
}
