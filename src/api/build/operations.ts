import { join } from "node:path";
import { assertNever, defined, TareError } from "../../base/index.ts";
import type { SourceOp, Vertex } from "../../graph/index.ts";
import { platformOf } from "../../oci/index.ts";
import {
  cacheKey,
  composeOperation,
  execOperation,
  fileOperation,
  imageOperation,
  mergeOperation,
  type Operation,
  type OperationOf,
  openArchiveContext,
  openContext,
  runStep,
  type Snapshot,
} from "../../solver/index.ts";
import type { ImageRecord, Store } from "../../store/index.ts";
import { isLayoutName, layoutOperation } from "../archives/layout-image.ts";
import { rejectInRecipe } from "../bases/recipes.ts";
import { promisedLayers } from "../transfer/promised-layers.ts";
import { tellingFetches } from "./fetched-base.ts";
import { type BuildJob, registryChoice } from "./job.ts";
import type { JobPlan } from "./plan-job.ts";
import { remoteOperation } from "./remote-operations.ts";
import { certificatesFor, configureRoot, type JobTools, stepTools } from "./step-tools.ts";

/** The operation of every vertex of a job's graph, each made once. */
export function operationsFor(
  job: BuildJob,
  plan: JobPlan,
  shared: Omit<JobTools, "certificates">,
): OperationOf {
  const tools: JobTools = { ...shared, certificates: certificatesFor(job) };
  const made = new Map<string, Operation>();
  return (vertex) => {
    const known = made.get(vertex.digest) ?? operationOf(job, plan, { ...tools, vertex });
    made.set(vertex.digest, known);
    return known;
  };
}

function operationOf(job: BuildJob, plan: JobPlan, tools: JobTools & { readonly vertex: Vertex }): Operation {
  const { store, workplace, vertex } = tools;
  const { op } = vertex;
  const clock = { now: workplace.now, ...(job.epoch !== undefined && { epoch: job.epoch }) };
  switch (op.type) {
    case "source":
      return sourceOperation(job, plan, { ...tools, op });
    case "file":
      return tellingFetches(fileOperation(op, { store, ...clock }), {
        op,
        store,
        tell(message) {
          const location = plan.locate(vertex);
          tools.emit({ type: "notice", code: "base-fetched", message, ...defined({ location }) });
        },
      });
    case "merge":
      return mergeOperation();
    case "exec":
      return execOperation(op, {
        store,
        ...clock,
        runStep: (request, signal) => runStep(request, stepTools(job, tools, vertex), signal),
      });
    default:
      return assertNever(op);
  }
}

function sourceOperation(
  job: BuildJob,
  plan: JobPlan,
  tools: JobTools & { readonly vertex: Vertex; readonly op: SourceOp },
): Operation {
  const { store, emit, workplace, vertex, op } = tools;
  const [, scheme, rest = ""] = /^([a-z-]+):\/\/(.*)$/.exec(op.identifier) ?? [];
  if (scheme === "docker-image") {
    const elsewhere = (record: ImageRecord) =>
      promisedLayers(record, {
        ...registryChoice(job),
        store,
        signal: tools.signal,
        events: { emit, now: workplace.now },
      });
    return imageOperation(rest, { store, id: plan.imageOf(op) ?? rest, elsewhere });
  }
  const opened = plan.recipeOf(op);
  if (opened) {
    const platform = op.platform ?? platformOf(workplace.arch);
    const operation = composeOperation(
      { ...opened, platform },
      {
        store,
        pull: job.pull,
        anew: job.composeAnew,
        ...(job.debianMirror !== undefined && { mirror: job.debianMirror }),
        environment: job.environment,
        now: workplace.now,
        configure: (root, script, signal) => configureRoot({ job, tools, vertex, root, script }, signal),
        progress: (progress) =>
          emit({ type: "step-progress", step: vertex.digest, ...progress, at: workplace.now() }),
      },
    );
    return {
      ...operation,
      run: (signal: AbortSignal) =>
        operation.run(signal).catch((error: unknown) => rejectInRecipe(error, opened)),
    };
  }
  if (isLayoutName(op.identifier))
    return layoutOperation(
      op.identifier,
      { store, platform: op.platform ?? platformOf(workplace.arch) },
      tools.signal,
    );
  const remote = remoteOperation(op, job, tools);
  if (remote) return remote;
  if (scheme !== "local") throw new TareError("internal-bug", `no operation for ${op.identifier}`);
  const files = localFiles(job, plan, { store, name: rest, vertex });
  return {
    kind: "open",
    volatile: true,
    key: async () => cacheKey({ type: "local", name: rest }),
    open: async () => files,
  };
}

/** A folder or archive, narrowed to what the graph's copies ask of it. */
function localFiles(
  job: BuildJob,
  plan: JobPlan,
  { store, name, vertex }: { readonly store: Store; readonly name: string; readonly vertex: Vertex },
): Snapshot {
  const context = job.contexts.find((candidate) => candidate.name === name.toLowerCase());
  if (!context)
    throw new TareError(
      "user-context",
      "this build has no build context, but the Dockerfile copies from it",
      {
        hint: "give a folder: tare build -f - . < Dockerfile",
      },
    );
  const { source, ignore } = context;
  if ("archive" in source) return openArchiveContext({ name, archive: source.archive });
  return openContext({
    name,
    directory: source.directory,
    ignore,
    wanted: wantedPaths(plan, vertex),
    indexDirectory: join(store.root, "contexts"),
  });
}

function wantedPaths(plan: JobPlan, source: Vertex): readonly string[] {
  return plan.graph.vertices.flatMap(({ op, inputs }) =>
    op.type === "file"
      ? op.actions.flatMap((action) =>
          action.action === "copy" && inputs[action.input] === source.digest ? [action.source] : [],
        )
      : [],
  );
}
