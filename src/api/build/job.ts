import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { type Digest, defined } from "../../base/index.ts";
import { type Annotation, platformOf } from "../../oci/index.ts";
import type { LayerGrouping } from "../../recipe/index.ts";
import type { SbomFormat } from "../../sbom/index.ts";
import type { Settings } from "../../settings/index.ts";
import { openStore } from "../../store/index.ts";
import { type CacheJob, cacheJob } from "../caches/cache-job.ts";
import { openSettings } from "../settings.ts";
import { storeFolder } from "../store-choice.ts";
import type { RegistryChoice } from "../transfer/registry-access.ts";
import { thisMachine } from "../workplace.ts";
import { nameAnnotations } from "./build-annotations.ts";
import { buildPlatforms } from "./build-platforms.ts";
import {
  type ContextFolder,
  type OpenedContext,
  openBuildContext,
  openNamedContexts,
  timeOfNamed,
} from "./context.ts";
import { settleEpoch } from "./epoch.ts";
import { refuseInlineCache } from "./estargz-layers.ts";
import { buildArguments, namedSpecs, proxyVariables } from "./given-values.ts";
import { estargzLevel, type FileOutput, fileOutputs, imageNames } from "./image-names.ts";
import { timeOfAddress } from "./remote-context.ts";
import { readSecrets } from "./secrets.ts";
import type { BuildRequest, ProvenanceMode } from "./types.ts";

/** A build request made complete and plain: no stream, no environment, only data; it can cross to the engine. */
export interface BuildJob extends CacheJob {
  readonly root: string;
  readonly dockerfile: OpenedContext["dockerfile"];
  readonly contexts: readonly ContextFolder[];
  /** Specifications of `--build-context` by lower-case name. */
  readonly namedContexts: Readonly<Record<string, string>>;
  /** What `tare.yaml` says, when there is one. */
  readonly settings?: Settings;
  readonly target?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Proxy variables for RUN, `K=V`. */
  readonly proxyEnv: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Complete names for the image. */
  readonly names: readonly string[];
  readonly platform?: string;
  /** In every output. */
  readonly annotations: readonly Annotation[];
  /** Under every name. */
  readonly nameAnnotations: readonly Annotation[];
  readonly noCache: boolean;
  readonly noCacheStages: readonly string[];
  /** Values by id, in base64. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Sockets by id. */
  readonly agents: Readonly<Record<string, string>>;
  readonly network: "host" | "none" | "private";
  readonly allowInsecure: boolean;
  readonly hosts: readonly string[];
  readonly shmSize?: number;
  readonly ulimits: readonly string[];
  readonly pull: boolean;
  readonly composeAnew: boolean;
  readonly baseLayers?: LayerGrouping;
  /** Images of the store that names have come to, by platform and name, where somebody has looked before. */
  readonly images?: Readonly<Record<string, Digest>>;
  readonly outputs: readonly FileOutput[];
  /** The layers that it makes get tables of contents, compressed by so much. */
  readonly estargzLevel?: number;
  /** Names, complete, that the image is pushed by. */
  readonly pushes: readonly string[];
  readonly sbom: readonly SbomFormat[];
  readonly provenance?: ProvenanceMode;
  readonly hostCa: "auto" | "off";
  readonly isolation: "auto" | "oci" | "chroot";
  readonly debianMirror?: string;
  /** SOURCE_DATE_EPOCH, seconds since 1970. */
  readonly epoch?: number;
  /** Its time was asked for, and the main context has none. */
  readonly isTimeless?: true;
  /** The caller's environment: certificates and proxies for Tare's own use. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** How a job works with registries. */
export function registryChoice({
  environment,
  settings,
}: Pick<BuildJob, "environment" | "settings">): RegistryChoice {
  return { environment, registries: settings?.registries ?? [] };
}

/** What reading a request needs: standard input, a place for what arrives, and what remote contexts want. */
export interface JobSource {
  readonly stdin?: Readable;
  readonly scratch: () => Promise<string>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly secrets: BuildJob["secrets"];
  readonly buildArgs: BuildJob["buildArgs"];
  readonly signal: AbortSignal;
}

/** Reads what the request points to (the Dockerfile, .dockerignore, standard input) and settles defaults. */
export async function prepareJob(
  request: BuildRequest,
  streams: Pick<JobSource, "stdin" | "scratch" | "signal"> & Partial<Pick<BuildJob, "agents">>,
): Promise<BuildJob> {
  const environment = request.environment ?? {};
  const root = storeFolder(request);
  const namedContexts = namedSpecs(request.buildContexts);
  const { SOURCE_DATE_EPOCH: epochArg, ...ownArgs } = buildArguments(request.buildArgs, environment);
  const secrets = await readSecrets(request.secrets ?? {}, environment);
  const source = { ...streams, environment, secrets, buildArgs: ownArgs };
  const opened = await openBuildContext(request, source);
  const { dockerfile, folders } = opened;
  const givenEpoch = epochArg ?? request.sourceDateEpoch ?? environment.SOURCE_DATE_EPOCH;
  const openedNamed = await openNamedContexts(namedContexts, source);
  const { seconds: epoch, isTimeless } = await settleEpoch(givenEpoch, {
    ...opened,
    buildArgs: ownArgs,
    namedTime: (name) => timeOfNamed(name, { opened: openedNamed, specs: namedContexts }),
    timeOf: (address) => timeOfAddress(address, source),
  });
  const buildArgs = { ...defined({ SOURCE_DATE_EPOCH: epoch?.toString() }), ...ownArgs };
  const { platform } = request;
  const platforms = buildPlatforms({ buildArgs, ...defined({ platform }) }, platformOf(thisMachine().arch));
  if (platforms.isIndex) await refuseDocker(request);
  const named = openedNamed.map(({ folder }) => folder);
  const optional = {
    target: request.target,
    platform,
    debianMirror: request.debianMirror,
    shmSize: request.shmSize,
    baseLayers: request.baseLayers,
    provenance: request.provenance,
    estargzLevel: estargzLevel(request),
    epoch,
    isTimeless,
    settings: await openSettings(request, { folders, store: () => openStore(root) }),
  };
  const caches = cacheJob(request);
  refuseInlineCache({ ...caches, ...defined({ estargzLevel: optional.estargzLevel }) });
  return {
    root,
    dockerfile,
    contexts: [...folders, ...named],
    // What is files by now is local to the planner, wherever it came from.
    namedContexts: { ...namedContexts, ...Object.fromEntries(named.map(({ name }) => [name, name])) },
    buildArgs,
    proxyEnv: proxyVariables(buildArgs),
    labels: request.labels ?? {},
    annotations: request.annotations ?? [],
    nameAnnotations: nameAnnotations(request, platforms),
    ...imageNames(request),
    noCache: request.noCache ?? false,
    noCacheStages: (request.noCacheStages ?? []).map((name) => name.toLowerCase()),
    secrets,
    agents: streams.agents ?? {},
    network: request.network ?? "host",
    allowInsecure: request.allow?.includes("security.insecure") ?? false,
    hosts: request.hosts ?? [],
    ulimits: request.ulimits ?? [],
    pull: request.pull ?? false,
    composeAnew: request.composeAnew ?? false,
    outputs: fileOutputs(request).map(withWholePath),
    ...caches,
    sbom: request.sbom ?? [],
    hostCa: request.hostCa ?? "auto",
    isolation: request.isolation ?? "auto",
    environment,
    ...defined(optional),
  };
}

/** A docker archive is of one platform: told before anything is built. */
async function refuseDocker({ outputs = [] }: BuildRequest): Promise<void> {
  if (outputs.some(({ type }) => type === "docker"))
    throw (await import("../../export/index.ts")).noDockerIndex();
}

/** The engine works in a folder of its own, so a path has to say where it begins. */
function withWholePath(output: FileOutput): FileOutput {
  return output.dest === undefined || output.dest === "-"
    ? output
    : { ...output, dest: resolve(output.dest) };
}
