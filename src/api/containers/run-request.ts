import type { Healthcheck } from "../../oci/index.ts";
import type { Limits, Resolver, TmpfsMount } from "../../sandbox/index.ts";
import type { RestartPolicy } from "../../store/index.ts";
import type { StoreChoice } from "../store-choice.ts";

/** What `tare run` is asked for. */
export interface RunRequest extends StoreChoice {
  /** A name or id of an image in the store, else whatever `findImage` finds. */
  readonly image: string;
  /** `linux/arm64`; default this machine's. */
  readonly platform?: string;
  /** Whether a registry is asked: for what is not in the store (default), in any case, or never. */
  readonly pull?: "missing" | "always" | "never";
  /** Replace the image's CMD. */
  readonly args?: readonly string[];
  /** Of the container; default one that is made up. */
  readonly name?: string;
  /** Return once the process runs, and leave it to itself. */
  readonly detach?: boolean;
  /** Forget the container when it has ended. */
  readonly remove?: boolean;
  /** `K=V` added to the image's environment. */
  readonly env?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly volumes?: readonly Volume[];
  /** Volumes of the store; the image's own, by VOLUME, come besides. */
  readonly storeVolumes?: readonly StoreVolume[];
  /** `CONTAINER[:ro]`: all that these see of this machine. */
  readonly volumesFrom?: readonly string[];
  /** File systems in memory. */
  readonly tmpfs?: readonly Omit<TmpfsMount, "type">[];
  readonly workdir?: string;
  readonly user?: string;
  /** Replaces the image's ENTRYPOINT, and drops its CMD; "" is none. */
  readonly entrypoint?: string;
  /** `private` is one of its own that reaches the outside; default `host`, or `private` with published ports. */
  readonly network?: "none" | "host" | "private";
  readonly ports?: readonly PortMapping[];
  /** Publishes every port that the image exposes, and those of `exposed` (`80`, `53/udp`), at free ones of this machine. */
  readonly publishAll?: boolean;
  readonly exposed?: readonly string[];
  readonly resolver?: Resolver;
  /** Further groups of the process, by name or number. */
  readonly groups?: readonly string[];
  /** Whether set-user-id programs give no rights. */
  readonly noNewPrivileges?: boolean;
  /** More lines of /etc/hosts, `name=address`. */
  readonly hosts?: readonly string[];
  /** Keep standard input open. */
  readonly interactive?: boolean;
  /** Connect a terminal. */
  readonly tty?: boolean;
  readonly hostname?: string;
  readonly isolation?: "auto" | "oci" | "chroot";
  /** The process can write nowhere but to its mounts. */
  readonly readonlyRoot?: boolean;
  /** Names of capabilities, `CAP_CHOWN`, and `ALL`. */
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  /** A small first process that passes signals on and waits for orphans. */
  readonly init?: boolean;
  /** Of all its processes together. */
  readonly limits?: Limits;
  /** `name=soft:hard`, as in setrlimit(2). */
  readonly ulimits?: readonly string[];
  /** Bytes of /dev/shm. */
  readonly shmSize?: number;
  /** Instead of the image's: `stop` sends this first, and waits so many seconds. */
  readonly stopSignal?: string;
  readonly stopTimeout?: number;
  /** When its process is started again; needs `detach`. */
  readonly restart?: RestartPolicy;
  /** What differs from the image's healthcheck; `Test: ["NONE"]` is none. */
  readonly health?: Partial<Healthcheck>;
  /** A file that gets the container's id; it must not be there. */
  readonly cidfile?: string;
}

/** A folder or file of the host that the container sees. */
export interface Volume {
  readonly source: string;
  /** Absolute. */
  readonly target: string;
  readonly readonly: boolean;
}

/** A volume of the store that the container sees. */
export interface StoreVolume {
  /** Made when it is not there; absent is one with a made-up name. */
  readonly name?: string;
  /** Absolute. */
  readonly target: string;
  readonly readonly: boolean;
  /** Whether an empty one begins with what the image has at the target; default true. */
  readonly copy?: boolean;
}

/** A port of this machine that leads to one of a container. */
export interface PortMapping {
  /** Of this machine, to listen at; all of them when absent. */
  readonly address?: string;
  /** 0 is one that is free. */
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: "tcp" | "udp";
}

/** A run request made plain, so that it can cross to the engine. */
export type RunJob = Omit<RunRequest, "root" | "environment" | "cidfile"> & { readonly root: string };
