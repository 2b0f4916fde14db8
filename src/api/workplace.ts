import { mkdir } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";
import { lazyAsync, uniqueName } from "../base/index.ts";
import { chooseSandbox, type Sandbox, type ShortNames, shortNames } from "../sandbox/index.ts";
import { openStore } from "../store/index.ts";

/** Where a job runs and what that place can do. */
export interface Workplace {
  /** `os.arch()` of this machine. */
  readonly arch: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether uids are mapped, so that overlay attributes are `user.*`. */
  readonly userNamespace: boolean;
  /** What only the engine has; absent in the plain process. */
  readonly engine?: EngineTools;
}

export interface EngineTools {
  /** The way to run processes; the probe is made once and remembered in the store. */
  readonly sandbox: (isolation: "auto" | "oci" | "chroot") => Promise<Sandbox>;
  readonly names: ShortNames;
  /** PATH. */
  readonly path: string;
  /** For files that steps share. */
  readonly folder: string;
}

/** The plain process: no namespaces, no sandbox. */
export function thisMachine(): Workplace {
  return { arch: arch(), now: Date.now, userNamespace: false };
}

/** What the engine's process knows of itself. */
export interface EngineFacts {
  readonly root: string;
  readonly userNamespace: boolean;
  /** PATH, for OCI runtimes. */
  readonly path: string;
  readonly chrootProgram: readonly string[];
  /** Makes a folder the working directory. */
  readonly enter: (folder: string) => void;
}

/** The engine as a place to work; its temporary files go when it is disposed. */
export async function engineWorkplace(facts: EngineFacts): Promise<Workplace & AsyncDisposable> {
  const store = await openStore(facts.root, { userNamespace: facts.userNamespace });
  const scratch = await store.scratch();
  const folder = scratch.path;
  facts.enter(folder);
  const temporary = async () => {
    const path = join(folder, uniqueName());
    await mkdir(path, { mode: 0o711 });
    return path;
  };
  const choose = (isolation: "auto" | "oci" | "chroot") =>
    chooseSandbox({
      isolation,
      memory: store.root,
      scratch: temporary,
      path: facts.path,
      userNamespace: facts.userNamespace,
      program: facts.chrootProgram,
    });
  const automatic = lazyAsync(() => choose("auto"));
  const sandbox: EngineTools["sandbox"] = (isolation) =>
    isolation === "auto" ? automatic() : choose(isolation);
  return {
    ...thisMachine(),
    userNamespace: facts.userNamespace,
    engine: { sandbox, names: shortNames(folder), folder, path: facts.path },
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  };
}
