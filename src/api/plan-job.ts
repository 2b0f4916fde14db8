import { type Digest, defined, type SourceLocation } from "../base/index.ts";
import { type Dockerfile, parseDockerfile } from "../dockerfile/index.ts";
import { type BuildPlan, type FrontendRequest, locationOf, planBuild } from "../frontend/index.ts";
import type { SourceOp, Vertex } from "../graph/index.ts";
import { formatPlatform, type Platform, parsePlatform, platformOf } from "../oci/index.ts";
import { recipeImageConfig } from "../recipe/index.ts";
import type { Store } from "../store/index.ts";
import { baseImage, imageKey, type SettledImages } from "./base-image.ts";
import { refuseForeignSyntax } from "./foreign-syntax.ts";
import type { BuildJob } from "./job.ts";
import { importLayoutImage, isLayoutName } from "./layout-image.ts";
import type { LookPlace } from "./look-job.ts";
import { isRecipeName, type OpenedRecipe, openRecipe, withLayers } from "./recipes.ts";
import { runnableArchitectures } from "./runnable.ts";

/** A job's plan, with what turns a vertex back into Dockerfile lines. */
export interface JobPlan extends BuildPlan {
  locate(vertex: Vertex): SourceLocation | undefined;
  /** The recipe of a source that is composed by one. */
  recipeOf(source: SourceOp): OpenedRecipe | undefined;
  /** The image of the store that a source is by name. */
  imageOf(source: SourceOp): Digest | undefined;
  /** All of these, as a job takes them to the engine. */
  readonly images: SettledImages;
}

/** Parses the Dockerfile and plans the build; bases are looked up in the store, else fetched; recipes need no look. */
export async function planJob(
  job: BuildJob,
  { store, workplace: { arch, now }, emit }: LookPlace & { readonly store: Store },
  signal: AbortSignal,
): Promise<JobPlan> {
  refuseForeignSyntax(job);
  const { dockerfile, warnings } = parseDockerfile(job.dockerfile.source, { file: job.dockerfile.file });
  const host = platformOf(arch);
  const targetPlatform = job.platform === undefined ? host : parsePlatform(job.platform, host);
  const recipes = new Map<string, OpenedRecipe>();
  const images: Record<string, Digest> = {};
  const plan = await planBuild(
    planRequest(job, dockerfile, {
      buildPlatform: host,
      targetPlatform,
      runnable: runnableArchitectures(arch),
    }),
    async (identifier, platform) => {
      if (isRecipeName(identifier)) {
        const opened = withLayers(await openRecipe(identifier, { platform, store }), job.baseLayers);
        recipes.set(recipeKey(identifier, platform), opened);
        return recipeImageConfig(opened.recipe, platform);
      }
      if (isLayoutName(identifier))
        return store.images.config((await importLayoutImage(identifier, { store, platform }, signal)).record);
      const name = identifier.slice(IMAGE_SCHEME.length);
      const record = await baseImage({ name, platform }, { job, store, emit, now, signal });
      images[imageKey(name, platform)] = record.id;
      return store.images.config(record);
    },
  );
  const notices = warnings.map(({ code, message, range }) => ({
    code,
    message,
    location: locationOf(dockerfile, range),
  }));
  return {
    ...plan,
    notices: [...notices, ...plan.notices, ...(job.pull ? lockNotices([...recipes.values()]) : [])],
    recipeOf: ({ identifier, platform = targetPlatform }) => recipes.get(recipeKey(identifier, platform)),
    imageOf: ({ identifier, platform = targetPlatform }) =>
      images[imageKey(identifier.slice(IMAGE_SCHEME.length), platform)],
    images,
    locate: ({ origin }) => origin && locationOf(dockerfile, origin),
  };
}

const IMAGE_SCHEME = "docker-image://";

function lockNotices(opened: readonly OpenedRecipe[]): BuildPlan["notices"] {
  const locks = opened.map(({ lock }) => lock).filter((lock) => lock !== undefined);
  return [...new Set(locks)].map((lock) => ({
    code: "base-locked",
    message: `${lock} decides on the packages: --pull changes nothing there, tare base update does`,
  }));
}

function recipeKey(identifier: string, platform: Platform): string {
  return `${formatPlatform(platform)} ${identifier}`;
}

/** What the planner gets of a job. */
function planRequest(
  job: BuildJob,
  dockerfile: Dockerfile,
  platforms: Pick<FrontendRequest, "buildPlatform" | "targetPlatform" | "runnable">,
): FrontendRequest {
  const { buildArgs, labels, namedContexts, noCache, noCacheStages, network, allowInsecure } = job;
  const { hosts, ulimits, proxyEnv, target, shmSize, settings } = job;
  return {
    dockerfile,
    buildArgs,
    labels,
    namedContexts,
    noCache,
    noCacheStages,
    network,
    allowInsecure,
    hosts,
    ulimits,
    proxyEnv,
    ...platforms,
    ...defined({ target, shmSize, settings }),
  };
}
