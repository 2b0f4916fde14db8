import { familiarName, familiarRepository, type ImageDetails } from "../api/index.ts";
import { NO_LIST, NO_MAP, omitEmpty, type Struct, type Value } from "./template-values.ts";

/** An image as `docker inspect` shows it: its fields, in its order (Docker Engine API, "ImageInspect"). */
export function inspectView(image: ImageDetails): Struct {
  const { id, references, config, size, storedAt } = image;
  // Whoever made the image may have written anything.
  const raw = config as unknown as Raw;
  const history = raw.history;
  const last = Array.isArray(history) ? (history.at(-1) as Raw | null) : undefined;
  const view = {
    Id: id,
    RepoTags: references.filter(({ digest }) => digest === undefined).map(familiarName),
    RepoDigests: repoDigests(image),
    Parent: "",
    Comment: text(raw.comment) || text(last?.comment),
    Created: text(raw.created).replace(/\.?0+(?=Z$)/, ""),
    DockerVersion: text(raw.docker_version),
    Author: text(raw.author),
    Config: runtimeView(fields(raw.config)),
    Architecture: config.architecture,
    Variant: text(raw.variant),
    Os: config.os,
    OsVersion: text(raw["os.version"]),
    Size: size,
    VirtualSize: size,
    GraphDriver: { Data: null, Name: "tare" },
    RootFS: { Type: "layers", Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: new Date(storedAt).toISOString() },
  };
  return omitEmpty(view, ["Variant", "OsVersion"]);
}

/** What a registry calls the image by: the index where the name leads to one, else the manifest. */
function repoDigests({ references, manifest, roots = [] }: ImageDetails): readonly string[] {
  const known = new Map(roots.map(({ reference, digest }) => [familiarRepository(reference), digest]));
  return [...new Set(references.map(familiarRepository))].flatMap((name) => {
    const digest = known.get(name) ?? manifest;
    return digest === undefined ? [] : [`${name}@${digest}`];
  });
}

type Raw = Readonly<Record<string, unknown>>;

/** Docker's fields of a container's config; those that BuildKit never sets are there as people ask for them. */
function runtimeView(config: Raw): Struct {
  const view = {
    Hostname: "",
    Domainname: "",
    User: text(config.User),
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ExposedPorts: mapOf(config.ExposedPorts),
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Env: listOf(config.Env),
    Cmd: listOf(config.Cmd),
    Healthcheck: config.Healthcheck ? healthView(fields(config.Healthcheck)) : null,
    ArgsEscaped: config.ArgsEscaped === true,
    Image: "",
    Volumes: mapOf(config.Volumes),
    WorkingDir: text(config.WorkingDir),
    Entrypoint: listOf(config.Entrypoint),
    OnBuild: listOf(config.OnBuild),
    Labels: mapOf(config.Labels),
    StopSignal: text(config.StopSignal),
    Shell: listOf(config.Shell),
  };
  return omitEmpty(view, ["ExposedPorts", "Healthcheck", "ArgsEscaped", "StopSignal", "Shell"]);
}

const TIMES = ["Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"];

function healthView(check: Raw): Struct {
  const times = Object.fromEntries(TIMES.map((name) => [name, Number(check[name]) || 0]));
  return omitEmpty({ Test: listOf(check.Test), ...times }, ["Test", ...TIMES]);
}

function fields(value: unknown): Raw {
  return typeof value === "object" && value !== null ? (value as Raw) : {};
}

/** Values are text, or the empty objects that stand for sets. */
function mapOf(value: unknown): ReadonlyMap<string, Value> {
  if (typeof value !== "object" || value === null) return NO_MAP;
  return new Map(Object.entries(value).map(([key, inner]) => [key, typeof inner === "string" ? inner : {}]));
}

/** Images of long ago have a command as one text. */
function listOf(value: unknown): readonly Value[] {
  if (typeof value === "string" && value !== "") return [value];
  return Array.isArray(value) ? value.map(String) : NO_LIST;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
