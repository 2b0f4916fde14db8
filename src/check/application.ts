import type { CheckContext } from "./context.ts";
import { runtimeOf } from "./runtime.ts";
import { shellCommands } from "./shell.ts";
import type { CheckedStage } from "./stages.ts";

/** Whether the Dockerfile says what a stage's image runs; others are bases and tool boxes, where everything is meant. */
export function isApplication(stage: CheckedStage): boolean {
  const { cmd, entrypoint } = runtimeOf(stage);
  return cmd?.step !== undefined || entrypoint?.step !== undefined;
}

/** What the final image starts, as far as ENTRYPOINT and CMD name it. */
export function startedPrograms({ final }: CheckContext): {
  readonly names: ReadonlySet<string>;
  /** Whether one of them is a script, which may need and do anything. */
  readonly hasScript: boolean;
} {
  const { cmd, entrypoint } = runtimeOf(final);
  const words = [entrypoint, cmd].flatMap((command) => {
    const written = command?.step?.instruction.command;
    if (written?.form !== "shell") return command?.args ?? [];
    return shellCommands(written.text).flatMap((each) => each.words.map(({ text }) => text));
  });
  const names = words.flatMap((word) => word.split(/\s+/)).map((word) => word.split("/").at(-1) as string);
  const hasScript = names.some((name) => /\.(?:sh|bash|zsh)$|entrypoint|^(?:start|run|init)$/.test(name));
  return { names: new Set(names), hasScript };
}
