import { posix } from "node:path";
import { TareError, uniqueName } from "../../base/index.ts";
import type { ControlHandlers, JoinRequest } from "../../container/index.ts";
import {
  changedCapabilities,
  type JoinCommand,
  type ProcessSpec,
  requireProgram,
  type Sandbox,
} from "../../sandbox/index.ts";
import { type Identity, processEnv } from "../../solver/index.ts";
import { mergeEnvironment } from "./container-plan.ts";

/** How to start a further process in a container, told to whoever starts it. */
export interface JoinAnswer {
  readonly id: string;
  /** To be started in the namespaces of the engine. */
  readonly command: readonly string[];
}

/** Why a further process did not run. */
export interface JoinFailure {
  readonly code: TareError["code"];
  readonly message: string;
  readonly hint?: string;
}

export interface Joined {
  readonly runner: Sandbox;
  /** Of the first process. */
  readonly spec: ProcessSpec;
  readonly scratch: string;
  /** Names a user of the image. */
  readonly identify: (user: string) => Promise<Identity>;
}

/** Answers those who want a further process in a container. */
export function joinHandlers(joined: Joined): Pick<ControlHandlers, "join" | "joined"> {
  const open = new Map<string, JoinCommand>();
  return {
    async join({ process: wanted }): Promise<JoinAnswer | JoinFailure> {
      const { runner, scratch } = joined;
      let spec: ProcessSpec;
      try {
        spec = await joiningSpec(wanted, joined);
        requireProgram(spec);
      } catch (error) {
        return failureOf(error);
      }
      const join = await runner.joining(spec, { scratch });
      const id = uniqueName();
      if (wanted.detached) return { id, command: join.alone };
      open.set(id, join);
      return { id, command: join.command };
    },
    async joined({ id, code }): Promise<JoinFailure | undefined> {
      const join = open.get(id);
      open.delete(id);
      using _files = join;
      try {
        await join?.check(code);
        return undefined;
      } catch (error) {
        return failureOf(error);
      }
    },
  };
}

function failureOf(error: unknown): JoinFailure {
  if (!(error instanceof TareError)) throw error;
  const { hint } = error.facts;
  return { code: error.code, message: error.message, ...(hint !== undefined && { hint }) };
}

/** What a further process is: as the first one, but for what is asked for. */
async function joiningSpec(wanted: JoinRequest, { spec, identify }: Joined): Promise<ProcessSpec> {
  const user = wanted.user === undefined ? spec.user : await identify(wanted.user);
  const env = mergeEnvironment([
    ...spec.env.filter((pair) => wanted.user === undefined || !pair.startsWith("HOME=")),
    ...(wanted.terminal ? ["TERM=xterm"] : []),
    ...wanted.env,
  ]);
  return {
    ...spec,
    args: wanted.args,
    env: "home" in user ? processEnv(env, user.home as string) : env,
    cwd: posix.resolve(spec.cwd, wanted.workdir ?? ""),
    user,
    terminal: wanted.terminal,
    terminalSize: wanted.terminalSize,
    ...(wanted.privileged && { capabilities: changedCapabilities(["ALL"], []) }),
  };
}
