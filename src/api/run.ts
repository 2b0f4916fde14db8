import { existsSync } from "node:fs";
import { defined, TareError } from "../base/index.ts";
import { openStore } from "../store/index.ts";
import { type StoreChoice, storeFolder } from "./store-choice.ts";

/** What `tare run` is asked for. */
export interface RunRequest extends StoreChoice {
  /** A name or id of an image in the store. */
  readonly image: string;
  /** Replace the image's CMD. */
  readonly args?: readonly string[];
  /** `K=V` added to the image's environment. */
  readonly env?: readonly string[];
  readonly volumes?: readonly Volume[];
  readonly workdir?: string;
  readonly user?: string;
  /** Replaces the image's ENTRYPOINT, and drops its CMD; "" is none. */
  readonly entrypoint?: string;
  readonly network?: "none" | "host";
  /** Keep standard input open. */
  readonly interactive?: boolean;
  /** Connect a terminal. */
  readonly tty?: boolean;
  readonly hostname?: string;
  readonly isolation?: "auto" | "oci" | "chroot";
}

/** A folder or file of the host that the container sees. */
export interface Volume {
  readonly source: string;
  /** Absolute. */
  readonly target: string;
  readonly readonly: boolean;
}

/** A run request made plain, so that it can cross to the engine. */
export type RunJob = Omit<RunRequest, "root" | "environment"> & { readonly root: string };

/**
 * Runs an image in the foreground with this process's own standard streams, and gives the exit code of
 * its process (128 + signal when one ended it). What it writes is gone afterwards. `signals` are passed on
 * to the process; aborting kills it. Throws
 * `resolve-image`, `exec-not-found`, `exec-not-executable`, `environment-*`.
 */
export async function runImage(
  { environment, root, ...request }: RunRequest,
  { signals }: { readonly signals?: AsyncIterable<NodeJS.Signals> } = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<{ readonly exitCode: number }> {
  const job: RunJob = { ...request, root: storeFolder(defined({ root, environment })) };
  for (const { source } of job.volumes ?? [])
    if (!existsSync(source))
      throw new TareError("user-context", `the volume ${source} does not exist on this machine`, {
        hint: "make the folder first, or check the part of -v before the colon",
      });
  const store = await openStore(job.root);
  await using _lease = await store.hold(`tare run ${job.image}`);
  const options = { emit: () => {}, foreground: true, ...(signals && { signals }) };
  return (await (
    await import("../engine/index.ts")
  ).callEngine({ method: "run", params: job }, options, signal)) as { readonly exitCode: number };
}
