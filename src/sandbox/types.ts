import type { Writable } from "node:stream";

/** A process to run in a root file system. Names are resolved, paths are absolute. */
export interface ProcessSpec {
  readonly args: readonly string[];
  /** `K=V`. */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: { readonly uid: number; readonly gid: number; readonly additionalGids: readonly number[] };
  readonly hostname: string;
  /** A path is a network namespace to join. */
  readonly network: "host" | "none" | { readonly namespace: string };
  /** The directory that becomes `/`; writable. */
  readonly rootfs: string;
  readonly mounts: readonly Mount[];
  /** Connects the process to a pseudo terminal that is relayed to this process's own standard streams. */
  readonly terminal: boolean;
  /** Of the terminal that a further process is relayed to; the first one's is looked up. */
  readonly terminalSize?: TerminalSize | undefined;
  /**
   * `more` is what configuring a distribution needs; `all` is every capability and no filter of system calls,
   * which a user has to allow. Default: Docker's set.
   */
  readonly rights?: "more" | "all";
  /** Names of the capabilities it gets instead of those that `rights` say. */
  readonly capabilities?: readonly string[];
  /** Whether set-user-id programs give it no rights. */
  readonly noNewPrivileges?: boolean;
  /** Whether it can write nowhere but to its mounts. */
  readonly readonlyRoot?: boolean;
  /** Bytes of /dev/shm. */
  readonly shmSize?: number;
  /** `name=soft:hard`, as in setrlimit(2): `nofile=1024:2048`. */
  readonly ulimits?: readonly string[];
  /** Groups that limit it, with all of its children. */
  readonly cgroups?: ProcessCgroups;
}

/** In characters, by the runtime-spec's names. */
export interface TerminalSize {
  readonly height: number;
  readonly width: number;
}

/** Control groups for a process (cgroups(7)). */
export interface ProcessCgroups {
  /** The files by which a process enters them, and goes back to where the engine is. */
  readonly join: readonly string[];
  readonly leave: readonly string[];
  /** Their folders, and where a process looks for them. */
  readonly mounts: readonly { readonly source: string; readonly target: string }[];
}

export type Mount = BindMount | TmpfsMount;

/** An empty file system in memory. */
export interface TmpfsMount {
  readonly type: "tmpfs";
  readonly target: string;
  /** Bytes. */
  readonly size?: number;
  /** Permissions of its root in octal digits; default 1777. */
  readonly mode?: string;
  readonly readonly?: boolean;
  /** Whether programs in it can be executed; default true. */
  readonly exec?: boolean;
}

/** A file or directory of the host that appears in the root file system. */
export interface BindMount {
  readonly type?: "bind";
  readonly source: string;
  readonly target: string;
  readonly readonly: boolean;
}

/** Where the process's streams go; an absent `stdin` is empty, an `open` one stays open and says nothing. */
export interface ProcessIo {
  readonly stdin?: "inherit" | "open";
  readonly stdout: Writable | "inherit";
  readonly stderr: Writable | "inherit";
}

/** How a process ended: its exit code, 128 + signal for one that a signal ended. */
export interface ExitStatus {
  readonly code: number;
}

/** A way to run a process apart from the host. */
export interface Sandbox {
  readonly name: "crun" | "runc" | "chroot";
  /**
   * Runs to the end. Aborting kills every process in it. `exec-not-found`, `exec-not-executable`, `environment-runtime`.
   */
  run(spec: ProcessSpec, io: ProcessIo, options: RunOptions): Promise<ExitStatus>;
  /**
   * The command that runs a further process beside the one that runs in `scratch`, with the same root and namespaces;
   * to be started where this one was. Of `spec` the process counts, not its surroundings.
   */
  joining(spec: ProcessSpec, options: { readonly scratch: string }): Promise<JoinCommand>;
}

/** Disposing removes what it needs: once the command has ended. */
export interface JoinCommand extends Disposable {
  readonly command: readonly string[];
  /** The same for one that nobody waits for: it removes itself what it needs. */
  readonly alone: readonly string[];
  /** Throws what the sandbox itself failed with, when the command left with `code`. */
  readonly check: (code: number) => Promise<void>;
}

export interface RunOptions {
  /** An empty folder for the sandbox's own files. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  /** Called once the process is on its way, with a way to pass signals on to it. */
  readonly onStart?: (send: (signal: NodeJS.Signals) => void) => void;
  /** Called once the process itself runs: the program was found and could be executed. */
  readonly onRunning?: () => void;
  /** Listens for changes of this process's own terminal. */
  readonly onResize?: (listener: () => void) => void;
}
