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

export async function engineWorkplace(facts: EngineFacts): Promise<Workplace> {
  const store = await openStore(facts.root, { userNamespace: facts.userNamespace });
  const temporary = async () => {
    const folder = join(store.root, "tmp", uniqueName());
    await mkdir(folder, { mode: 0o711 });
    return folder;
  };
  const links = await temporary();
  facts.enter(links);
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
    engine: { sandbox, names: shortNames(links) },
  };
}
