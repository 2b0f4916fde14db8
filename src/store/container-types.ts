import type { Digest } from "../base/index.ts";

/** What stays the same of a container; `containers/ID/container.json`. */
export interface ContainerRecord {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  /** As it was asked for. */
  readonly image: string;
  readonly imageId: Digest;
  /** Ids of the layers that it stands on, bottom first. */
  readonly layers: readonly string[];
  /** The words of the process. */
  readonly command: readonly string[];
  /** Milliseconds since 1970. */
  readonly created: number;
  /** The image's labels and its own. */
  readonly labels: Readonly<Record<string, string>>;
  /** Published ports as `docker ps` shows them: `0.0.0.0:8080->80/tcp`. */
  readonly ports: readonly string[];
  /** Targets of volumes and other mounts, or their sources on this machine. */
  readonly mounts: readonly string[];
  readonly network: string;
  /** Whether it runs in the background, and its output is kept. */
  readonly detached: boolean;
  readonly terminal: boolean;
  /** What `stop` sends first, and how many seconds it waits then. */
  readonly stopSignal: NodeJS.Signals;
  readonly stopTimeout: number;
  /** The process that started its namespaces, as this machine numbers it. */
  readonly launcher?: number;
  /** What its process was started with; records of earlier versions lack it. */
  readonly process?: ContainerProcess;
  /** Folders of the cgroups that limit it; not all of them need to be there. */
  readonly cgroups?: readonly string[];
}

/** When a container's process is started again after its end. */
export interface RestartPolicy {
  readonly name: "no" | "always" | "unless-stopped" | "on-failure";
  /** How many times after a failure; 0 is no limit. */
  readonly maximum: number;
}

/** A folder, file or volume of this machine that a container sees. */
export interface ContainerBind {
  readonly source: string;
  readonly target: string;
  readonly readonly: boolean;
  /** Of the store; an anonymous one goes with its container where that is asked for. */
  readonly volume?: { readonly name: string; readonly anonymous: boolean };
}

/** What `inspect` tells of a container's process besides its words. */
export interface ContainerProcess {
  /** `K=V`. */
  readonly env: readonly string[];
  readonly workdir: string;
  /** As it was asked for; "" is root. */
  readonly user: string;
  readonly hostname: string;
  readonly binds: readonly ContainerBind[];
  readonly published: readonly {
    readonly address?: string;
    readonly hostPort: number;
    readonly containerPort: number;
    readonly protocol: string;
  }[];
  readonly readonlyRoot: boolean;
  readonly init: boolean;
  readonly removed: boolean;
  readonly restart?: RestartPolicy;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  /** Bytes, processors, processes, as they were asked for. */
  readonly limits: {
    readonly memory?: number;
    readonly memorySwap?: number;
    readonly memoryReservation?: number;
    readonly cpus?: number;
    readonly cpuShares?: number;
    readonly cpuset?: string;
    readonly pids?: number;
  };
}

/** What changes; `containers/ID/state.json`, replaced as a whole. */
export interface ContainerState {
  readonly status: "created" | "running" | "restarting" | "exited";
  /** Milliseconds since 1970. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  /** How many times it was started again. */
  readonly restarts?: number;
  /** Whether the kernel has killed one of its processes for want of memory. */
  readonly isOutOfMemory?: boolean;
  /** Why it could not be started. */
  readonly error?: string;
  readonly health?: ContainerHealth;
}

/** What its healthcheck says. */
export interface ContainerHealth {
  readonly status: "starting" | "healthy" | "unhealthy";
  /** Failures in a row. */
  readonly failingStreak: number;
  /** The last checks, the newest last. */
  readonly log: readonly HealthResult[];
}

export interface HealthResult {
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly exitCode: number;
  /** The beginning of what it wrote. */
  readonly output: string;
}
