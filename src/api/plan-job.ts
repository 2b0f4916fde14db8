import { defined, type SourceLocation, TareError } from "../base/index.ts";
import { type Dockerfile, parseDockerfile } from "../dockerfile/index.ts";
import { type BuildPlan, type FrontendRequest, locationOf, planBuild } from "../frontend/index.ts";
import type { SourceOp, Vertex } from "../graph/index.ts";
import { formatPlatform, type Platform, parsePlatform, platformOf } from "../oci/index.ts";
import { recipeImageConfig } from "../recipe/index.ts";
import type { Store } from "../store/index.ts";
import type { BuildJob } from "./job.ts";
import { importLayoutImage, isLayoutName } from "./layout-image.ts";
import { isRecipeName, type OpenedRecipe, openRecipe } from "./recipes.ts";
import { runnableArchitectures } from "./runnable.ts";

/** A job's plan, with what turns a vertex back into Dockerfile lines. */
export interface JobPlan extends BuildPlan {
  locate(vertex: Vertex): SourceLocation | undefined;
  /** The recipe of a source that is composed by one. */
  recipeOf(source: SourceOp): OpenedRecipe | undefined;
}

/** Parses the Dockerfile and plans the build; bases are looked up in the store, recipes need no look. */
export async function planJob(job: BuildJob, store: Store, arch: string): Promise<JobPlan> {
  const { dockerfile, warnings } = parseDockerfile(job.dockerfile.source, { file: job.dockerfile.file });
  refuseForeignSyntax(dockerfile);
  const host = platformOf(arch);
  const targetPlatform = job.platform === undefined ? host : parsePlatform(job.platform, host);
  const recipes = new Map<string, OpenedRecipe>();
  const plan = await planBuild(
    planRequest(job, dockerfile, {
      buildPlatform: host,
      targetPlatform,
      runnable: runnableArchitectures(arch),
    }),
    async (identifier, platform) => {
      if (isRecipeName(identifier)) {
        const opened = await openRecipe(identifier, { platform, store });
        recipes.set(recipeKey(identifier, platform), opened);
        return recipeImageConfig(opened.recipe, platform);
      }
      if (isLayoutName(identifier))
        return store.images.config(await importLayoutImage(identifier, { store, platform }));
      return storedConfig(store, identifier.slice("docker-image://".length));
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
    locate: ({ origin }) => origin && locationOf(dockerfile, origin),
  };
}

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

/** `# syntax=` names a program that reads the file. This one reads what docker/dockerfile does, in any version. */
function refuseForeignSyntax(dockerfile: Dockerfile): void {
  const directive = dockerfile.directives.find(({ key }) => key === "syntax");
  if (!directive || OWN_SYNTAX.test(directive.value)) return;
  throw new TareError("user-unsupported", `the syntax ${directive.value} is a frontend of its own`, {
    hint: "only docker/dockerfile is read here; remove the line if the file is a plain Dockerfile",
    location: locationOf(dockerfile, directive.range),
  });
}

const OWN_SYNTAX = /^(docker\.io\/)?docker(file)?\/dockerfile(-upstream)?(:|@|$)/;

/** What the planner gets of a job. */
export function planRequest(
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

async function storedConfig(store: Store, name: string): ReturnType<Store["images"]["config"]> {
  const record = await store.images.resolve(name);
  if (record) return store.images.config(record);
  throw new TareError(
    "resolve-image",
    `${name}: image not found in the local store, and pulling from registries is not supported yet`,
    {
      hint: `use FROM tare/debian:13, or point the name at a recipe: --build-context ${shortName(name)}=recipe://debian:13`,
    },
  );
}

function shortName(canonical: string): string {
  return canonical.replace(/^docker\.io\/(library\/)?/, "").replace(/:latest$/, "");
}
