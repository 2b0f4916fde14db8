import { lazyAsync, TareError } from "../../base/index.ts";
import type { Vertex } from "../../graph/index.ts";
import type { HttpClient } from "../../net/index.ts";
import { hostCertificates } from "../../sandbox/index.ts";
import { type BuildEvent, lastLines, type StepTools, textSink } from "../../solver/index.ts";
import type { Store } from "../../store/index.ts";
import { cacheMounts } from "../caches/imported-mounts.ts";
import type { EngineTools, Workplace } from "../workplace.ts";
import type { BuildJob } from "./job.ts";

/** What the steps of a job share with each other and with the engine. */
export interface JobTools {
  readonly store: Store;
  readonly workplace: Workplace;
  readonly emit: (event: BuildEvent) => void;
  /** For sources that are not on this machine. */
  readonly client: HttpClient;
  readonly signal: AbortSignal;
  /** The host's certificates for steps, found once a job. */
  readonly certificates: StepTools["certificates"];
}

/** The tools for one step; its output becomes events. */
export function stepTools(
  job: BuildJob,
  { store, workplace, emit, certificates }: JobTools,
  vertex: Vertex,
): StepTools {
  return {
    sandbox: () => engineOf(workplace).sandbox(job.isolation),
    get names() {
      return engineOf(workplace).names;
    },
    get folder() {
      return engineOf(workplace).folder;
    },
    userNamespace: workplace.userNamespace,
    get path() {
      return engineOf(workplace).path;
    },
    certificates,
    cacheMount: cacheMounts(job, { store, emit }),
    secrets: job.secrets,
    agents: job.agents,
    log: (stream, data) => emit({ type: "step-log", step: vertex.digest, stream, data, at: workplace.now() }),
  };
}

/** Configures a composed distribution by running a script in it, with every right in the namespace. */
export async function configureRoot(
  configure: {
    readonly job: BuildJob;
    readonly tools: JobTools;
    readonly vertex: Vertex;
    readonly root: string;
    readonly script: string;
  },
  signal: AbortSignal,
): Promise<void> {
  const { job, tools, vertex, root, script } = configure;
  await using scratch = await tools.store.scratch();
  const sandbox = await engineOf(tools.workplace).sandbox(job.isolation);
  const { log } = stepTools(job, tools, vertex);
  const tail = lastLines(20);
  const sink = (stream: "stdout" | "stderr") =>
    textSink((text) => {
      tail.add(text);
      log(stream, text);
    });
  const hostname = "localhost";
  const spec = {
    args: ["/bin/sh", "-c", script],
    env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"],
    cwd: "/",
    user: { uid: 0, gid: 0, additionalGids: [] },
    hostname,
    network: "host" as const,
    rootfs: root,
    mounts: [],
    terminal: false,
    rights: "more" as const,
  };
  const { code } = await sandbox.run(
    spec,
    { stdout: sink("stdout"), stderr: sink("stderr") },
    { scratch: scratch.path, signal },
  );
  if (code !== 0)
    throw new TareError("exec-failed", `configuring the packages failed with exit code ${code}`, {
      exitCode: code,
      log: tail.lines(),
    });
}

/** The certificates that this host trusts besides the public ones; none where the job says `off`. */
export function certificatesFor(job: BuildJob): StepTools["certificates"] {
  return lazyAsync(async () =>
    job.hostCa === "off" ? { extra: [], bundle: [] } : hostCertificates(job.environment),
  );
}

function engineOf(workplace: Workplace): EngineTools {
  if (workplace.engine) return workplace.engine;
  throw new TareError("internal-bug", "a process was to run outside the engine");
}
