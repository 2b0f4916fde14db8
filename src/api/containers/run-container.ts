import { defined } from "../../base/index.ts";
import { type ContainerLife, containerLife, generatedName } from "../../container/index.ts";
import { planCgroups, plannedFolders } from "../../sandbox/index.ts";
import { openImage } from "../../solver/index.ts";
import { openStore } from "../../store/index.ts";
import { containerPlan } from "./container-plan.ts";
import { type ContainerTools, runProcess } from "./container-run.ts";
import { removeAnonymous } from "./container-volumes.ts";
import type { RunJob } from "./run-request.ts";

/**
 * Runs a job of `runImage` inside the engine, which watches over it until it ends: the image's layers, a throw-away
 * layer on top, the process, its log and its state.
 */
export async function runContainer(
  job: RunJob,
  tools: ContainerTools,
  signal: AbortSignal,
): Promise<{ readonly exitCode: number }> {
  const { userNamespace, now } = tools.workplace;
  const store = await openStore(job.root, { userNamespace });
  const image = await openImage(store, job.image);
  const containers = store.containers.list();
  const taken = new Set(containers.map(({ record }) => record.name));
  const name = job.name ?? generatedName(taken);
  const plan = await containerPlan(job, {
    image,
    name,
    now: now(),
    path: tools.path,
    userNamespace,
    containers,
    folderOf: store.volumes.folderOf,
  });
  const { id } = plan.record;
  const cgroups = job.limits && planCgroups(`tare-${id}`, job.limits, tools.cgroups);
  const folders = cgroups && { cgroups: plannedFolders(cgroups) };
  using own = await store.containers.create({ ...plan.record, ...folders, launcher: tools.launcher });
  tools.emit({ type: "container", id, name });
  for (const message of plan.notices) tools.emit({ type: "notice", code: "container", message });
  const life: ContainerLife = containerLife(own, now);
  void life.running.then(() => {
    tools.emit({ type: "started" });
    if (job.detach) tools.release();
  });
  try {
    return {
      exitCode: await runProcess(
        job,
        { plan, own, image, life, tools, store, ...defined({ cgroups }) },
        signal,
      ),
    };
  } catch (error) {
    life.fail(error);
    throw error;
  } finally {
    if (job.remove) {
      await store.containers.remove(id);
      await removeAnonymous(store, plan.record);
    }
  }
}
