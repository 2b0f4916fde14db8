import { type ContainerSummary, TareError } from "../api/index.ts";
import { withLabelHeader, withLabels } from "./rows.ts";
import type { Row } from "./template.ts";
import { goTime, humanDuration, humanSize } from "./units.ts";

/** Headers of the columns of `ps`, by the names that templates use. */
export const CONTAINER_HEADERS: Row = withLabelHeader({
  ID: "CONTAINER ID",
  Image: "IMAGE",
  Command: "COMMAND",
  RunningFor: "CREATED",
  CreatedAt: "CREATED AT",
  Status: "STATUS",
  State: "STATE",
  Ports: "PORTS",
  Names: "NAMES",
  Labels: "LABELS",
  Mounts: "MOUNTS",
  Networks: "NETWORKS",
  LocalVolumes: "LOCAL VOLUMES",
  Size: "SIZE",
});

/** A row for every container, in Docker's words. */
export function containerRows(
  containers: readonly ContainerSummary[],
  { now, truncate }: { readonly now: number; readonly truncate: boolean },
): readonly Row[] {
  return containers.map((container) =>
    withLabels(
      {
        ID: truncate ? container.id.slice(0, 12) : container.id,
        Image: container.image,
        Command: JSON.stringify(shortened(commandText(container.command), truncate)),
        RunningFor: `${humanDuration(now - container.created)} ago`,
        CreatedAt: goTime(container.created),
        Status: statusText(container, now),
        State: container.status,
        Ports: container.status === "running" ? container.ports.join(", ") : "",
        Names: container.name,
        Labels: Object.entries(container.labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(","),
        Mounts: container.mounts.map((mount) => shortened(mount, truncate, SHORT_MOUNT)).join(","),
        Networks: container.network,
        LocalVolumes: String(container.localVolumes),
        Size: sizeText(container),
      },
      container.labels,
    ),
  );
}

/** As Docker shows it: what has a space in it stands in quotes, but for the program. */
function commandText([program = "", ...args]: readonly string[]): string {
  return [program, ...args.map((arg) => (arg.includes(" ") ? `'${arg}'` : arg))].join(" ");
}

const SHORT = 20;
const SHORT_MOUNT = 15;

function shortened(text: string, truncate: boolean, length = SHORT): string {
  return truncate && text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

function sizeText({ size }: ContainerSummary): string {
  return size ? `${humanSize(size.written)} (virtual ${humanSize(size.written + size.image)})` : "";
}

function statusText(container: ContainerSummary, now: number): string {
  const { status, startedAt = now, finishedAt = now, exitCode = 0, health } = container;
  if (status === "created") return "Created";
  if (status === "dead") return "Dead";
  if (status === "restarting") return `Restarting (${exitCode}) ${humanDuration(now - finishedAt)} ago`;
  if (status === "exited") return `Exited (${exitCode}) ${humanDuration(now - finishedAt)} ago`;
  const checked = health === "starting" ? "health: starting" : health;
  return `Up ${humanDuration(now - startedAt)}${checked === undefined ? "" : ` (${checked})`}`;
}

/** Keeps the containers that `--filter` asks for: one value of every key has to hold. */
export function filterContainers(
  containers: readonly ContainerSummary[],
  filters: readonly string[],
): readonly ContainerSummary[] {
  const wanted = new Map<string, string[]>();
  for (const filter of filters) {
    const at = filter.indexOf("=");
    const key = at < 0 ? filter : filter.slice(0, at);
    if (at < 0 || !Object.hasOwn(FILTERS, key)) throw unknownFilter(filter);
    const known = WORDS.get(key);
    if (known && !known.includes(filter.slice(at + 1))) throw unknownWord(filter, known);
    wanted.set(key, [...(wanted.get(key) ?? []), filter.slice(at + 1)]);
  }
  return containers.filter((container) =>
    [...wanted].every(([key, values]) => {
      const holds = (value: string) => FILTERS[key]?.(container, value, containers) ?? false;
      return key === "label" ? values.every(holds) : values.some(holds);
    }),
  );
}

type Filter = (container: ContainerSummary, value: string, all: readonly ContainerSummary[]) => boolean;

const FILTERS: Readonly<Record<string, Filter>> = {
  id: ({ id }, value) => id.startsWith(value),
  name: ({ name }, value) => pattern(value).test(name),
  label: ({ labels }, value) => {
    const at = value.indexOf("=");
    const [key, wanted] = at < 0 ? [value] : [value.slice(0, at), value.slice(at + 1)];
    return Object.hasOwn(labels, key) && (wanted === undefined || labels[key] === wanted);
  },
  status: ({ status }, value) => status === value,
  exited: ({ status, exitCode }, value) => status === "exited" && String(exitCode) === value,
  ancestor: ({ image, imageId }, value) =>
    image === value ||
    image === `${value}:latest` ||
    imageId.replace("sha256:", "").startsWith(value.replace("sha256:", "")),
  health: ({ health = "none" }, value) => health === value,
  network: ({ network }, value) => network === value,
  volume: ({ mounts, mountPoints }, value) => mounts.includes(value) || mountPoints.includes(value),
  publish: ({ ports }, value) => ports.some(hasPort(/:(\d+)->\d+\/(\w+)$/, value)),
  expose: ({ ports }, value) => ports.some(hasPort(/(?:->|^)(\d+)\/(\w+)$/, value)),
  before: (container, value, all) => container.created < createdOf(all, value),
  since: (container, value, all) => container.created > createdOf(all, value),
};

/** `PORT[-PORT][/PROTOCOL]`, of what the pattern finds in a port as it is shown. */
function hasPort(place: RegExp, text: string): (shown: string) => boolean {
  const [, first, last = first, wanted = "tcp"] = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp))?$/.exec(text) ?? [];
  if (first === undefined)
    throw new TareError("user-bad-flag", `invalid port ${JSON.stringify(text)} in a filter`, {
      hint: "write publish=8080, publish=8000-8080 or publish=53/udp; expose= is for ports of containers",
    });
  return (shown) => {
    const [, port, protocol] = place.exec(shown) ?? [];
    return port !== undefined && protocol === wanted && +port >= +first && +port <= Number(last);
  };
}

const WORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["status", ["created", "restarting", "running", "removing", "paused", "exited", "dead"]],
  ["health", ["none", "starting", "healthy", "unhealthy"]],
]);

function unknownWord(filter: string, known: readonly string[]): TareError {
  return new TareError("user-bad-flag", `invalid filter ${JSON.stringify(filter)}`, {
    hint: `it is one of ${known.join(", ")}`,
  });
}

function createdOf(all: readonly ContainerSummary[], text: string): number {
  const found = all.find(({ id, name }) => name === text || (text !== "" && id.startsWith(text)));
  if (found) return found.created;
  throw new TareError("resolve-container", `no such container: ${text}`, {
    hint: "`tare ps -a` lists what there is",
  });
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new TareError("user-bad-flag", `invalid pattern ${JSON.stringify(text)}`, {
      hint: "write a regular expression",
      cause: error,
    });
  }
}

function unknownFilter(filter: string): TareError {
  return new TareError("user-bad-flag", `invalid filter ${JSON.stringify(filter)}`, {
    hint: `filters are ${Object.keys(FILTERS)
      .map((key) => `${key}=`)
      .join(", ")}`,
  });
}
