import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { TareError } from "../base/index.ts";
import { chrootSandbox } from "./chroot.ts";
import { withMappedGroups } from "./mapped-groups.ts";
import { ociRuntime, type RuntimeProgram } from "./oci-runtime.ts";
import { probe } from "./probe.ts";
import type { Sandbox } from "./types.ts";

export interface SandboxChoice {
  readonly isolation: "auto" | "oci" | "chroot";
  /** Where the result of the probe is remembered. */
  readonly memory: string;
  /** An empty folder for the probe's own files. */
  readonly scratch: () => Promise<string>;
  /** The PATH to look for runtimes in. */
  readonly path: string;
  readonly userNamespace: boolean;
  /** Starts the inner half of the chroot sandbox. */
  readonly program: readonly string[];
}

/** crun needs a quarter of runc's time for a step (5 ms against 20 ms, measured). */
const PROGRAMS: readonly RuntimeProgram["name"][] = ["crun", "runc"];

/**
 * The way to run processes here: the first runtime that does run one, which being installed does not
 * promise; else the embedded chroot. `environment-runtime` when `oci` is demanded and none works.
 */
export async function chooseSandbox(choice: SandboxChoice): Promise<Sandbox> {
  const sandbox = await choose(choice);
  return choice.userNamespace ? withMappedGroups(sandbox) : sandbox;
}

async function choose(choice: SandboxChoice): Promise<Sandbox> {
  if (choice.isolation === "chroot") return chrootSandbox(choice);
  const reasons: string[] = [];
  for (const name of PROGRAMS) {
    const program = await findRuntime(name, choice);
    if (typeof program === "string") reasons.push(program);
    else {
      const failure = await probe(program, choice);
      if (failure === undefined) return ociRuntime(program, choice);
      reasons.push(failure);
    }
  }
  if (choice.isolation === "auto") return chrootSandbox(choice);
  throw new TareError("environment-runtime", `no OCI runtime works here: ${reasons.join("; ")}`, {
    hint: "install crun or runc, or use --isolation=chroot",
  });
}

/** The program with what it needs, or why it can not be used. */
async function findRuntime(
  name: RuntimeProgram["name"],
  { path: folders, userNamespace }: SandboxChoice,
): Promise<RuntimeProgram | string> {
  const path = await findProgram(name, folders);
  if (path === undefined) return `${name} is not installed`;
  // Device nodes mean nothing in a user namespace, and runc leaves the root as it was mounted.
  if (userNamespace || name === "runc") return { name, path };
  const mount = await findProgram("mount", folders);
  return mount === undefined ? "crun as root needs mount(8), which is not installed" : { name, path, mount };
}

async function findProgram(name: string, path: string): Promise<string | undefined> {
  for (const folder of [...path.split(delimiter), "/usr/sbin", "/sbin"].filter(Boolean)) {
    const candidate = join(folder, name);
    if (
      await access(candidate, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return candidate;
  }
  return undefined;
}
