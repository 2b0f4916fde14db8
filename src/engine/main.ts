import { openSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import {
  type AnalyseJob,
  analyseStored,
  type BuildJob,
  type CompressJob,
  compressLayers,
  type DiffJob,
  describeStored,
  diffStored,
  engineWorkplace,
  type NeedsJob,
  needsStored,
  type PackJob,
  type PruneJob,
  packMounts,
  type RemovalJob,
  type RunJob,
  readUsage,
  runContainer,
  runJob,
  runPrune,
  runRemoval,
  runVolumesRemoval,
  type SaveJob,
  type SbomJob,
  saveStored,
  type UsageJob,
  type VolumesJob,
} from "../api/index.ts";
import { isSystemError, mount, TareError } from "../base/index.ts";
import { type Hierarchy, hierarchies } from "../sandbox/index.ts";
import { program, serveEngine } from "./index.ts";

/**
 * The engine: the use cases again, in a process that owns its namespaces and is the first one in them.
 * Started by `callEngine`, asked over pipes, gone with its caller.
 */
// What is made here is seen by users of images: the caller's mask must not hide it from them.
process.umask(0o022);
/** The caller's, for what is made for the caller alone. */
const umask = Number(process.env.TARE_UMASK ?? 0o022);
// What a terminal sends to all of its foreground is for the process that runs there.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) process.on(name, () => undefined);
// Buffers die young here; a small young generation keeps their memory down by 50 MB. On the command line the same
// would cost 28 ms, because Node's own code cache is for its default flags.
setFlagsFromString("--max-semi-space-size=2");
const PATH = process.env.PATH ?? "/usr/bin:/bin";
const userNamespace = process.env.TARE_USER_NAMESPACE === "1";
const cgroups = process.env.TARE_CGROUPS === "shared" ? seeCgroups() : [];
showOnlyUnifiedCgroups();
void serveEngine({
  async build(params, { emit, signal }) {
    const job = params as BuildJob;
    await using place = await workplace(job.root);
    const outcome = await runJob(job, { workplace: place, emit, stdout: process.stdout, umask }, signal);
    if ("result" in outcome) return outcome;
    throw new TareError("internal-bug", "the engine was asked to start the engine");
  },
  async run(params, { signal, ...call }) {
    const job = params as RunJob;
    await using place = await workplace(job.root);
    const onResize = (listener: () => void) => void process.on("SIGWINCH", listener);
    const surroundings = { enter: (folder: string) => process.chdir(folder), path: PATH, cgroups, onResize };
    return await runContainer(job, { workplace: place, ...surroundings, ...call }, signal);
  },
  sbom: (params, { signal }) => describeStored(params as SbomJob, { userNamespace }, signal),
  save: (params, { emit, signal }) =>
    saveStored(params as SaveJob, { userNamespace, emit, stdout: process.stdout, umask }, signal),
  packMounts: (params, { signal }) => packMounts(params as PackJob, signal),
  needs: (params) => needsStored(params as NeedsJob, { userNamespace }),
  analyse: (params, { signal }) => analyseStored(params as AnalyseJob, { userNamespace }, signal),
  compress: (params) => compressLayers(params as CompressJob),
  diff: (params) => diffStored(params as DiffJob, { userNamespace }),
  usage: (params) => readUsage(params as UsageJob),
  prune: (params) => runPrune(params as PruneJob),
  removeContainer: (params) => runRemoval(params as RemovalJob),
  removeVolumes: (params) => runVolumesRemoval(params as VolumesJob),
}).then(() => process.exit(0));

/** The store's links folder becomes the working directory, so that names of layers in mount options are short. */
function workplace(root: string): ReturnType<typeof engineWorkplace> {
  return engineWorkplace({
    root,
    userNamespace,
    path: PATH,
    chrootProgram: program("chroot"),
    enter: (folder) => process.chdir(folder),
  });
}

/** This machine's cgroups, by names that stay when something else is mounted there. */
function seeCgroups(): readonly Hierarchy[] {
  const [mounts, groups] = ["mountinfo", "cgroup"].map((name) => readFileSync(`/proc/self/${name}`, "utf8"));
  const folder = openSync("/sys/fs/cgroup", "r");
  return hierarchies(mounts as string, groups as string, `/proc/${process.pid}/fd/${folder}`);
}

/** Runtimes refuse or misread a mix of both cgroup versions; limits are set without them. */
function showOnlyUnifiedCgroups(): void {
  try {
    mount({ source: "cgroup2", target: "/sys/fs/cgroup", type: "cgroup2", flags: 0, data: "" });
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
