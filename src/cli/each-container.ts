import { type ErrorCode, TareError } from "../api/index.ts";
import { exitCodeOf } from "./exit-code.ts";
import type { Parsed } from "./flags.ts";
import { renderError } from "./render-error.ts";
import type { Terminal } from "./terminal.ts";

/** The one store that a command's flags choose, and a container in it. */
export interface ContainerChoice {
  readonly container: string;
  readonly environment: Terminal["env"];
  readonly root?: string;
}

/**
 * Does the same with every container that was named, and prints what came of it; what fails with one keeps no other from
 * it. The exit code is that of the last failure which is not forgiven.
 */
export async function eachContainer(
  name: string,
  {
    flags,
    terminal,
    forgiven,
  }: { readonly flags: Parsed; readonly terminal: Terminal; readonly forgiven?: ErrorCode | undefined },
  work: (choice: ContainerChoice) => Promise<string>,
): Promise<number> {
  if (flags.args.length === 0)
    throw new TareError("user-bad-flag", `tare ${name} requires at least 1 argument`, {
      hint: "`tare ps -a` lists the containers",
    });
  let code = 0;
  for (const container of flags.args)
    try {
      terminal.out(`${await work(containerChoice(container, { flags, terminal }))}\n`);
    } catch (error) {
      if (!(error instanceof TareError) || error.code === "user-cancelled") throw error;
      terminal.err.write(renderError(error, { debug: flags.boolean("debug") }));
      if (error.code !== forgiven) code = exitCodeOf(error, name);
    }
  return code;
}

/** A container by name or id in the store that the flags choose. */
export function containerChoice(
  container: string,
  { flags, terminal }: { readonly flags: Parsed; readonly terminal: Terminal },
): ContainerChoice {
  const root = flags.string("root");
  return { container, environment: terminal.env, ...(root !== undefined && { root }) };
}
