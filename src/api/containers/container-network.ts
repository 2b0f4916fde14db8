import { closeSync, openSync, readFileSync } from "node:fs";
import { getuid } from "node:process";
import { isSystemError, TareError } from "../../base/index.ts";
import { connectorsIn, type PublishedPort } from "../../sandbox/index.ts";
import type { StoredContainer } from "../../store/index.ts";
import { firstPortForAll, freeHostPort, listensHere } from "./host-ports.ts";
import type { PortMapping, RunJob } from "./run-request.ts";

/** The network of a container on this machine, with the ports that are published. */
export interface PlannedNetwork {
  readonly network: "none" | "host" | "private";
  /** What is published, with the addresses at which it is. */
  readonly published: readonly PublishedPort[];
  /** Those of them that lead into a network of its own. */
  readonly ports: readonly PublishedPort[];
  /** Those that have to be forwarded to this machine's own network, because something listens there. */
  readonly forwarded: readonly PublishedPort[];
  readonly notices: readonly string[];
}

/** Where a network is planned. */
export interface NetworkFacts {
  /** PATH, for the programs that connect networks. */
  readonly path: string;
  /** What else may have published ports. */
  readonly containers: readonly StoredContainer[];
  /** Whether who is root here is an ordinary user of this machine. */
  readonly userNamespace: boolean;
  /** Whether this machine has addresses of IP version 6; a test's own. */
  readonly hasIpv6?: boolean;
  /** The device that those programs need; a test's own. */
  readonly device?: string;
}

/**
 * Published ports need a network of its own; where nothing can connect one and none was asked for, it shares this
 * machine's, and what comes to a published port is passed on, which a notice says. `user-bad-flag` for ports without a
 * network, `user-conflict` for a port that is not to be had.
 */
export async function plannedNetwork(job: RunJob, facts: NetworkFacts): Promise<PlannedNetwork> {
  const wanted = job.ports ?? [];
  const network = job.network ?? (wanted.length > 0 ? "private" : "host");
  const none = { published: [], ports: [], forwarded: [] };
  if (wanted.length === 0) return { network, ...none, notices: [] };
  if (network === "none")
    throw new TareError("user-bad-flag", "a port can not be published without a network", {
      hint: "leave out --network none, or -p",
    });
  if (network === "host") return { network, ...none, notices: [nothingMapped(wanted)] };
  refuseDoubles(wanted);
  const asked = await Promise.all(wanted.map((port) => freeHostPort(port, facts.containers)));
  const published = asked.flatMap((port) => atBothVersions(port, facts.hasIpv6 ?? hasIpv6()));
  // One that was asked for is made, or is refused where it can not be.
  const missing = job.network === undefined ? whatIsMissing(facts) : undefined;
  if (missing === undefined) {
    // Not every process listens at both versions. So who comes by the newer one is passed on to the older one.
    const relayed = published.filter(({ address }) => address === ALL_IPV6);
    const forwarded = relayed.map((port) => ({ ...port, containerPort: port.hostPort }));
    return {
      network,
      published,
      ports: published.filter((port) => !relayed.includes(port)),
      forwarded,
      notices: [],
    };
  }
  const isElsewhere = ({ hostPort, containerPort }: PublishedPort) => hostPort !== containerPort;
  for (const port of asked.filter(isElsewhere)) await assertOwnPortFree(port, facts);
  const isUser = facts.userNamespace || getuid?.() !== 0;
  const notices = [sharedNotice(missing, { ports: asked, forwarded: asked.filter(isElsewhere), isUser })];
  return { network: "host", published, ports: [], forwarded: published.filter(isElsewhere), notices };
}

const ALL_IPV4 = "0.0.0.0";
const ALL_IPV6 = "::";

/** A port of all addresses of this machine, at those of either version of IP. */
function atBothVersions(port: PublishedPort, isNewerToo: boolean): readonly PublishedPort[] {
  if (port.address !== undefined) return [port];
  const older = { ...port, address: ALL_IPV4 };
  return isNewerToo ? [older, { ...port, address: ALL_IPV6 }] : [older];
}

/** Whether this machine has addresses of version 6 (proc(5), net/if_inet6). */
function hasIpv6(): boolean {
  try {
    return readFileSync("/proc/net/if_inet6", "utf8") !== "";
  } catch {
    return false;
  }
}

function refuseDoubles(wanted: readonly PortMapping[]): void {
  const seen = new Set<string>();
  for (const { address = "", hostPort, protocol } of wanted) {
    const place = `${address}:${hostPort}/${protocol}`;
    if (hostPort !== 0 && seen.has(place))
      throw new TareError(
        "user-bad-flag",
        `port ${hostPort}/${protocol} of this machine is published twice`,
        {
          hint: "give each port of the container one of its own",
        },
      );
    seen.add(place);
  }
}

/**
 * The process is to listen at this machine's own network. A service that has its port there already would be published in its
 * place, even one that only this machine can reach.
 */
async function assertOwnPortFree(
  { containerPort, protocol }: PublishedPort,
  { containers }: NetworkFacts,
): Promise<void> {
  try {
    await freeHostPort({ hostPort: containerPort, containerPort, protocol }, containers);
  } catch (error) {
    const cause = error instanceof TareError ? error.cause : undefined;
    // Below the first port for all users nobody can try; who listens there answers.
    if (isSystemError(cause, "EACCES") && !(await listensHere(containerPort))) return;
    throw new TareError(
      "user-conflict",
      `the container shares this machine's network, where port ${containerPort}/${protocol} is in use`,
      {
        hint: "let its process listen at another port, or install passt for a network of its own",
        cause: error,
      },
    );
  }
}

/** Why no network of its own can be connected here. */
function whatIsMissing({ path, device = "/dev/net/tun" }: NetworkFacts): string | undefined {
  if (connectorsIn(path).length === 0) return "neither pasta (passt) nor slirp4netns is installed";
  try {
    closeSync(openSync(device, "r+"));
    return undefined;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return `${device}, which ${connectorsIn(path)[0]} needs, can not be opened (${error.code})`;
  }
}

function nothingMapped(wanted: readonly PortMapping[]): string {
  const own = wanted.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`).join(", ");
  return `with --network host the process shares this machine's network: -p maps nothing, and it listens here at ${own} itself`;
}

function sharedNotice(
  missing: string,
  {
    ports,
    forwarded,
    isUser,
  }: {
    readonly ports: readonly PublishedPort[];
    readonly forwarded: readonly PublishedPort[];
    readonly isUser: boolean;
  },
): string {
  const own = ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`);
  const closed = ports.some(({ containerPort }) => containerPort < firstPortForAll());
  return [
    `${missing}, so the process shares this machine's network and listens here at ${[...new Set(own)].join(", ")} itself, at whatever address it chooses`,
    ...(forwarded.length > 0 ? [`tare passes on ${forwarded.map(portText).join(", ")}`] : []),
    ...(closed && isUser
      ? [`a port below ${firstPortForAll()} is not for users, so let the process listen at a higher one`]
      : []),
  ].join("; ");
}

/** As `docker ps` shows it. */
export function portText({ address = ALL_IPV4, hostPort, containerPort, protocol }: PublishedPort): string {
  const host = address.includes(":") ? `[${address}]` : address;
  return `${host}:${hostPort}->${containerPort}/${protocol}`;
}
