import { type Digest, defined, type SourceLocation } from "../../base/index.ts";
import { type Dockerfile, parseDockerfile } from "../../dockerfile/index.ts";
import {
  type BuildPlan,
  type FrontendRequest,
  locationOf,
  planBuild,
  type ResolveBase,
} from "../../frontend/index.ts";
import { mergeGraphs, type SourceOp, type Vertex } from "../../graph/index.ts";
import { formatPlatform, type ImageConfig, type Platform, platformOf } from "../../oci/index.ts";
import { recipeImageConfig } from "../../recipe/index.ts";
import type { Store } from "../../store/index.ts";
import { importLayoutImage, isLayoutName } from "../archives/layout-image.ts";
import { isRecipeName, type OpenedRecipe, openRecipe, withLayers } from "../bases/recipes.ts";
import { baseImage, imageKey, type SettledImages } from "./base-image.ts";
import { buildPlatforms } from "./build-platforms.ts";
import { refuseForeignSyntax } from "./foreign-syntax.ts";
import type { BuildJob } from "./job.ts";
import type { LookPlace } from "./look-job.ts";
import { runnableArchitectures } from "./runnable.ts";

/** What the plans of a job's images have in common. */
interface PlanSources {
  /** The Dockerfile lines of a vertex. */
  locate(vertex: Vertex): SourceLocation | undefined;
  /** The recipe of a source that is composed by one. */
  recipeOf(source: SourceOp): OpenedRecipe | undefined;
  /** The image of the store that a source is by name. */
  imageOf(source: SourceOp): Digest | undefined;
}

/** The plan of one image. */
export interface ImagePlan extends BuildPlan, PlanSources {
  /** What it is built for; what the image says of itself is `image.platform`. */
  readonly platform: Platform;
}

/** A job's plan: one graph for all of its images, in which they share what they have in common. */
export interface JobPlan extends PlanSources, Pick<BuildPlan, "graph" | "notices"> {
  /** In the order of their platforms' names; the vertices are those of the graph. */
  readonly targets: readonly ImagePlan[];
  readonly isIndex: boolean;
  /** The images of the store that names have come to, as a job takes them to the engine. */
  readonly images: SettledImages;
}

/** Parses the Dockerfile and plans the build; bases are looked up in the store, else fetched; recipes need no look. */
export async function planJob(job: BuildJob, place: PlanPlace, signal: AbortSignal): Promise<JobPlan> {
  refuseForeignSyntax(job);
  const { dockerfile, warnings } = parseDockerfile(job.dockerfile.source, { file: job.dockerfile.file });
  const { arch } = place.workplace;
  const host = platformOf(arch);
  const { platforms, isIndex } = buildPlatforms(job, host);
  const bases = openBases(job, place, signal);
  const runnable = runnableArchitectures(arch);
  const shared = { buildPlatform: host, runnable, multiPlatform: isIndex };
  const plans: BuildPlan[] = [];
  for (const targetPlatform of platforms)
    plans.push(await planBuild(planRequest(job, dockerfile, { ...shared, targetPlatform }), bases.resolve));
  const { resolve: _resolve, images, recipes, ...sources } = bases;
  const found: PlanSources = {
    ...sources,
    locate: ({ origin }) => origin && locationOf(dockerfile, origin),
  };
  const graph = mergeGraphs(plans.map((plan) => plan.graph));
  const vertices = new Map(graph.vertices.map((vertex) => [vertex.digest, vertex]));
  const targets = plans.map((plan, at) => ({
    ...plan,
    ...found,
    platform: platforms[at] as Platform,
    graph: {
      ...plan.graph,
      vertices: plan.graph.vertices.map(({ digest }) => vertices.get(digest) as Vertex),
    },
  }));
  const noticed = warnings.map(({ code, message, range }) => ({
    code,
    message,
    location: locationOf(dockerfile, range),
  }));
  const locked = job.pull ? lockNotices([...recipes.values()]) : [];
  const notices = [...noticed, ...withoutRepeats(plans.flatMap((plan) => plan.notices)), ...locked];
  return { graph, targets, isIndex, notices, images, ...found };
}

type PlanPlace = LookPlace & { readonly store: Store };

interface Bases extends Omit<PlanSources, "locate"> {
  readonly resolve: ResolveBase;
  /** Both grow. */
  readonly images: Readonly<Record<string, Digest>>;
  readonly recipes: ReadonlyMap<string, OpenedRecipe>;
}

/** The bases of a build, each looked up once for each platform. */
function openBases(
  job: BuildJob,
  { store, workplace: { arch, now }, emit }: PlanPlace,
  signal: AbortSignal,
): Bases {
  const host = platformOf(arch);
  const recipes = new Map<string, OpenedRecipe>();
  const images: Record<string, Digest> = {};
  const found = new Map<string, Promise<ImageConfig>>();
  const look: ResolveBase = async (identifier, platform) => {
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
  };
  return {
    images,
    recipes,
    resolve(identifier, platform) {
      const key = recipeKey(identifier, platform);
      const config = found.get(key) ?? look(identifier, platform);
      found.set(key, config);
      return config;
    },
    recipeOf: ({ identifier, platform = host }) => recipes.get(recipeKey(identifier, platform)),
    imageOf: ({ identifier, platform = host }) =>
      images[imageKey(identifier.slice(IMAGE_SCHEME.length), platform)],
  };
}

function withoutRepeats(notices: BuildPlan["notices"]): BuildPlan["notices"] {
  return [...new Map(notices.map((notice) => [JSON.stringify(notice), notice])).values()];
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
  platforms: Pick<FrontendRequest, "buildPlatform" | "targetPlatform" | "runnable" | "multiPlatform">,
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
