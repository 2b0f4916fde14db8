import { arch } from "node:os";
import type { Readable } from "node:stream";
import { defined } from "../base/index.ts";
import { type ArgInstruction, type Dockerfile, parseDockerfile, type Stage } from "../dockerfile/index.ts";
import { planBuild } from "../frontend/index.ts";
import type { ExecMount } from "../graph/index.ts";
import { platformOf } from "../oci/index.ts";
import { type BuildJob, prepareJob } from "./job.ts";
import { planRequest } from "./plan-job.ts";
import { scratchFolder } from "./scratch-folder.ts";
import type { BuildRequest } from "./types.ts";

/** A stage that can be built by `--target`. */
export interface BuildTarget {
  /** Absent for a stage without a name. */
  readonly name?: string;
  /** Whether it is built when no target is given. */
  readonly default: boolean;
  readonly description?: string;
  /** What it is FROM, as written. */
  readonly base: string;
  readonly line: number;
}

/** What a target takes from outside. */
export interface BuildOutline {
  readonly name?: string;
  readonly description?: string;
  readonly args: readonly {
    readonly name: string;
    readonly description?: string;
    /** The value of this call, or the default. */
    readonly value?: string;
    readonly line: number;
  }[];
  readonly secrets: readonly { readonly name: string; readonly required: boolean }[];
  readonly ssh: readonly { readonly name: string; readonly required: boolean }[];
  readonly caches: readonly string[];
}

/** The Dockerfile of a call, with nothing built. */
export interface Described {
  readonly targets: readonly BuildTarget[];
  /** Of the target that the request names, else of the last stage. */
  readonly outline: BuildOutline;
}

/** Reads a Dockerfile and tells its targets, and what one of them takes; bases are not looked at. */
export async function describeBuild(request: BuildRequest, stdin?: Readable): Promise<Described> {
  await using scratch = scratchFolder();
  const job = await prepareJob(
    { ...request, secrets: {}, ssh: {} },
    {
      scratch: scratch.path,
      signal: new AbortController().signal,
      ...(stdin && { stdin }),
    },
  );
  const { dockerfile } = parseDockerfile(job.dockerfile.source, { file: job.dockerfile.file });
  const platform = platformOf(arch());
  const plan = await planBuild(
    planRequest(withoutSettings(job), dockerfile, {
      buildPlatform: platform,
      targetPlatform: platform,
      runnable: [platform.architecture],
    }),
    async () => ({
      ...platform,
      rootfs: { type: "layers", diff_ids: [] },
    }),
  );
  const target = plan.target;
  const mounts = plan.graph.vertices.flatMap(({ op }) => (op.type === "exec" ? op.mounts : []));
  return {
    targets: dockerfile.stages.map((stage) => targetOf(stage, stage.index === dockerfile.stages.length - 1)),
    outline: {
      ...defined({ name: target.from.alias?.text, description: descriptionOf(target) }),
      args: argsOf(dockerfile, plan.stages, job.buildArgs),
      secrets: needs(mounts, "secret"),
      ssh: needs(mounts, "ssh"),
      caches: [...new Set(mounts.flatMap((mount) => (mount.type === "cache" ? [mount.id] : [])))],
    },
  };
}

/** What a base is composed by is nothing that a target takes from outside. */
function withoutSettings({ settings: _, ...job }: BuildJob): BuildJob {
  return job;
}

function targetOf(stage: Stage, isDefault: boolean): BuildTarget {
  return {
    ...defined({ name: stage.from.alias?.text, description: descriptionOf(stage) }),
    default: isDefault,
    base: stage.from.image.text,
    line: stage.from.range.start.line,
  };
}

/** The comment above a stage counts when it begins with the stage's name. */
function descriptionOf({ from }: Stage): string | undefined {
  return from.alias && described(from.description, from.alias.text);
}

function described(comment: string | undefined, name: string): string | undefined {
  const line = comment?.split("\n").find((text) => text.trim().startsWith(`${name} `));
  return line?.trim().slice(name.length + 1);
}

function argsOf(
  { globalArgs, stages }: Dockerfile,
  reached: readonly Stage[],
  given: Readonly<Record<string, string>>,
): BuildOutline["args"] {
  const own = stages
    .filter((stage) => reached.includes(stage))
    .flatMap((stage) => stage.instructions.filter((one): one is ArgInstruction => one.keyword === "ARG"));
  const found = new Map<string, BuildOutline["args"][number]>();
  for (const instruction of [...globalArgs, ...own])
    for (const { key, value } of instruction.pairs) {
      const known = found.get(key.text);
      const description = described(instruction.description, key.text) ?? known?.description;
      const shown = given[key.text] ?? known?.value ?? value?.text;
      found.set(key.text, {
        name: key.text,
        ...defined({ description, value: shown }),
        line: known?.line ?? instruction.range.start.line,
      });
    }
  return [...found.values()];
}

function needs(
  mounts: readonly ExecMount[],
  type: "secret" | "ssh",
): readonly { readonly name: string; readonly required: boolean }[] {
  const found = new Map<string, boolean>();
  for (const mount of mounts)
    if (mount.type === type) found.set(mount.id, (found.get(mount.id) ?? false) || mount.required);
  return [...found].map(([name, required]) => ({ name, required }));
}
