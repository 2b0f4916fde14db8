import { TareError } from "../base/index.ts";
import { parseDockerfile } from "../dockerfile/index.ts";
import type { Op, Vertex } from "../graph/index.ts";
import type { ImageConfig, RuntimeConfig } from "../oci/index.ts";
import { planBuild } from "./plan.ts";
import type { BuildPlan, FrontendRequest } from "./types.ts";

export const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The config of every base image, unless a test says otherwise. */
function baseConfig(config: RuntimeConfig = {}): ImageConfig {
  return {
    os: "linux",
    architecture: "amd64",
    config,
    history: [{ created: "2020-01-01T00:00:00Z", created_by: "base" }],
    rootfs: { type: "layers", diff_ids: [] },
  };
}

export interface Planned extends BuildPlan {
  /** The base images that were asked for, `identifier platform`. */
  readonly resolved: readonly string[];
}

export async function plan(
  source: string,
  request: Partial<FrontendRequest> & { readonly base?: RuntimeConfig } = {},
): Promise<Planned> {
  const { base, ...rest } = request;
  const resolved: string[] = [];
  const full: FrontendRequest = {
    dockerfile: parseDockerfile(source, { file: "Dockerfile" }).dockerfile,
    buildArgs: {},
    labels: {},
    namedContexts: {},
    buildPlatform: { os: "linux", architecture: "amd64" },
    runnable: ["amd64"],
    targetPlatform: { os: "linux", architecture: "amd64" },
    noCache: false,
    noCacheStages: [],
    network: "host",
    allowInsecure: false,
    hosts: [],
    ulimits: [],
    proxyEnv: [],
    ...rest,
  };
  const result = await planBuild(full, async (identifier, { os, architecture, variant = "" }) => {
    resolved.push(`${identifier} ${os}/${architecture}${variant}`);
    return baseConfig(base);
  });
  return { ...result, resolved };
}

/** What the build adds to the history: `created_by`, in brackets where no layer belongs to it. */
export function historyOf({ image }: BuildPlan): readonly string[] {
  return image.history
    .filter(({ comment }) => comment === "buildkit.dockerfile.v0")
    .map(({ created_by: text = "", empty_layer: empty }) => (empty ? `(${text})` : text));
}

export function vertices<T extends Op["type"]>(
  { graph }: BuildPlan,
  type: T,
): readonly (Vertex & { readonly op: Extract<Op, { type: T }> })[] {
  return graph.vertices.filter(
    (vertex): vertex is Vertex & { readonly op: Extract<Op, { type: T }> } => vertex.op.type === type,
  );
}

/** The environment of the last RUN without PATH. */
export function runEnv(planned: BuildPlan): readonly string[] {
  const env = vertices(planned, "exec").at(-1)?.op.env ?? [];
  return env.filter((pair) => !pair.startsWith("PATH="));
}

/** What a plan fails with, as `line:column code message | hint`. */
export async function failure(source: string, request: Parameters<typeof plan>[1] = {}): Promise<string> {
  try {
    await plan(source, request);
  } catch (error) {
    if (!(error instanceof TareError)) throw error;
    const { location, hint = "" } = error.facts;
    const start = location?.range.start;
    return `${start?.line}:${start?.column} ${error.code} ${error.message} | ${hint}`;
  }
  return "no error";
}
