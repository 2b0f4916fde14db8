import { posix } from "node:path";
import { assertNever, type Digest, TareError } from "../base/index.ts";
import type { MountFlag, Stage } from "../dockerfile/index.ts";
import type { BindMount, CacheMount, ExecMount, SecretMount, SshMount } from "../graph/index.ts";
import { expand } from "./expansion.ts";
import { openFiles } from "./file-source.ts";
import { type MountOptions, readMountOptions } from "./mount-options.ts";
import type { Converter } from "./stage.ts";
import { variableOf, workdirOf } from "./state.ts";
import type { StageState } from "./types.ts";

/** The mounts of a RUN, and the vertices that they read, which become inputs of the process. */
export interface Mounts {
  readonly mounts: readonly ExecMount[];
  readonly inputs: readonly Digest[];
  /** Variables that come with them: where the agent of `type=ssh` is. */
  readonly env: readonly string[];
}

/** Where a file of the build context stands in the small file system that is mounted. */
const CONTEXT_SOURCE = "/mnt";

/** `RUN --mount=…` in their order; `firstInput` is the number that the first input gets. */
export async function convertMounts(
  converter: Converter,
  stage: Stage,
  request: {
    readonly state: StageState;
    readonly flags: readonly MountFlag[];
    readonly firstInput: number;
  },
): Promise<Mounts> {
  const { state, flags, firstInput } = request;
  const inputs: Digest[] = [];
  const mounts: ExecMount[] = [];
  const place: MountPlace = {
    converter,
    stage,
    workdir: workdirOf(state),
    input(vertex) {
      if (vertex === undefined) return -1;
      if (!inputs.includes(vertex)) inputs.push(vertex);
      return firstInput + inputs.indexOf(vertex);
    },
  };
  for (const flag of flags) {
    const options = readMountOptions(flag, (text) => expand(converter, state, text));
    mounts.push(await convertMount(options, { ...place, agents: mounts.filter(isSsh).length }));
  }
  const [agent] = mounts.filter(isSsh);
  const hasSocket = variableOf(state, "SSH_AUTH_SOCK") !== undefined;
  return { mounts, inputs, env: agent && !hasSocket ? [`SSH_AUTH_SOCK=${agent.target}`] : [] };
}

interface MountPlace {
  readonly converter: Converter;
  readonly stage: Stage;
  readonly workdir: string;
  /** The number of an input. */
  readonly input: (vertex: Digest | undefined) => number;
}

function isSsh(mount: ExecMount): mount is SshMount {
  return mount.type === "ssh";
}

async function convertMount(
  options: MountOptions,
  place: MountPlace & { readonly agents: number },
): Promise<ExecMount> {
  switch (options.type) {
    case "bind":
      return bind(options, place);
    case "cache":
      return cache(options, place);
    case "tmpfs":
      return {
        type: "tmpfs",
        target: targetOf(options, place),
        readonly: options.readonly ?? false,
        ...(options.size && { size: options.size }),
      };
    case "secret":
      return secret(options, place);
    case "ssh":
      return {
        type: "ssh",
        id: options.id ?? options.source ?? "default",
        target:
          options.target === undefined ? `/run/buildkit/ssh_agent.${place.agents}` : targetOf(options, place),
        ...permissions(options, 0o600),
        required: options.required,
      };
    default:
      return assertNever(options.type);
  }
}

async function bind(options: MountOptions, place: MountPlace): Promise<BindMount> {
  const { converter, stage } = place;
  const source = posix.resolve("/", options.source ?? "");
  const target = targetOf(options, place);
  const common = { type: "bind", target, readonly: options.readonly ?? true } as const;
  const files = await openFiles(converter, stage, options.from);
  if (!files.isContext) return { ...common, input: place.input(files.vertex), source };
  const vertex = converter.builder.add(
    { type: "file", base: -1, actions: [contextCopy(source)] },
    [files.vertex as Digest],
    { name: `[internal] mount ${source} of the build context`, ignoreCache: false },
  );
  return { ...common, input: place.input(vertex), source: CONTEXT_SOURCE };
}

/** The context's files become a file system of their own, as COPY takes them. */
function contextCopy(source: string) {
  return {
    action: "copy",
    input: 0,
    source,
    wildcard: false,
    destination: CONTEXT_SOURCE,
    keepOwner: true,
    exclude: [],
    unpack: false,
  } as const;
}

async function cache(options: MountOptions, place: MountPlace): Promise<CacheMount> {
  const source = posix.resolve("/", options.source ?? "");
  const namespace = place.converter.request.buildArgs.BUILDKIT_CACHE_MOUNT_NS;
  const id = options.id ?? posix.normalize(options.target ?? "");
  const content = await cacheContent(options, { place, source });
  const made = permissions(options, 0o755);
  return {
    type: "cache",
    target: targetOf(options, place),
    id: `${namespace ? `${namespace}/` : ""}${id}${beginningOf({ content, source, made })}`,
    sharing: options.sharing ?? "shared",
    input: place.input(content),
    source,
    readonly: options.readonly ?? false,
    made,
  };
}

/** Caches of one id that begin differently are different ones, as in the reference; none of them has the plain id. */
function beginningOf({
  content,
  source,
  made: { mode, uid, gid },
}: Pick<CacheMount, "source" | "made"> & { readonly content: Digest | undefined }): string {
  if (content !== undefined)
    return ` from ${content.slice("sha256:".length, "sha256:".length + 12)} ${source}`;
  return mode === 0o755 && uid === 0 && gid === 0 ? "" : ` of ${uid}:${gid} ${mode.toString(8)}`;
}

/** As in the reference, whoever asks for an owner or a mode gets an empty directory, unless a source is named. */
async function cacheContent(
  { from, mode, uid, gid }: MountOptions,
  { place, source }: { readonly place: MountPlace; readonly source: string },
): Promise<Digest | undefined> {
  if (from === undefined && source !== "/")
    throw semantics(
      `a cache has no ${source} of its own`,
      "say where the source is from: from=STAGE, or a build context",
    );
  if (from === undefined) return undefined;
  const { vertex } = await openFiles(place.converter, place.stage, from);
  return source === "/" && (mode ?? uid ?? gid) !== undefined ? undefined : vertex;
}

function secret(options: MountOptions, place: MountPlace): SecretMount {
  const { env, target } = options;
  if (options.id !== undefined && options.source !== undefined)
    throw semantics("both source and id can't be set", "for a secret they mean the same: keep id");
  const id = options.id ?? options.source ?? (target && posix.basename(target));
  if (id === undefined)
    throw semantics(
      "invalid secret mount. one of source, target required",
      "write --mount=type=secret,id=NAME",
    );
  const path = env === undefined && target === undefined ? `/run/secrets/${posix.basename(id)}` : target;
  return {
    type: "secret",
    id,
    ...(path !== undefined && { target: targetOf({ ...options, target: path }, place) }),
    ...(env !== undefined && { env }),
    ...permissions(options, 0o400),
    required: options.required,
  };
}

/** Only the nine bits of who may read, write and execute count. */
function permissions({ mode, uid = 0, gid = 0 }: MountOptions, fallback: number) {
  return { mode: (mode ?? fallback) & 0o777, uid, gid };
}

/** Relative to the working directory, as everything in a stage is; without a target that directory itself. */
function targetOf({ target = "" }: MountOptions, { workdir }: MountPlace): string {
  const path = posix.resolve("/", workdir, target);
  if (path !== "/") return path;
  throw semantics(`invalid mount target ${JSON.stringify(target)}`, "mount something below the root");
}

function semantics(message: string, hint: string): TareError {
  return new TareError("user-dockerfile-semantics", message, { hint });
}
