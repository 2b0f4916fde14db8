import { suggest, TareError, VERSION } from "../api/index.ts";
import { commandName } from "./command-name.ts";
import { exitCodeOf, exitCodeOfSignal, type StopSignal } from "./exit-code.ts";
import { parseFlags } from "./flags.ts";
import { helpText } from "./help.ts";
import { OTHER_VERBS } from "./other-verbs.ts";
import { COMMANDS } from "./registry.ts";
import { renderError } from "./render-error.ts";
import { processTerminal, READER_GONE } from "./terminal.ts";

/** `tare COMMAND …`: finds the command, runs it, turns what happens into output and an exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const { name, rest } = commandName(argv);
  const stopping = stopper(name);
  const terminal = processTerminal(stopping.abort);
  try {
    if (name === "help" || name === "--help" || name === "-h") return await help(rest, terminal.out);
    if (name === "version" || name === "--version") {
      terminal.out(`tare ${VERSION}\n`);
      return 0;
    }
    const command = await find(name);
    const flags = parseFlags(command.spec, rest);
    if (flags.boolean("help")) return await help([name], terminal.out);
    for (const warning of flags.warnings) terminal.err.write(`WARNING: ${warning}\n`);
    return await command.run(flags, terminal);
  } catch (error) {
    if (terminal.signal.reason === READER_GONE) return exitCodeOfSignal("SIGPIPE");
    terminal.err.write(renderError(error, { debug: argv.includes("--debug") || argv.includes("-D") }));
    return exitCodeOf(error, name, stopping.by());
  }
}

async function find(name: string): ReturnType<(typeof COMMANDS)[string]> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load) return load();
  const near = suggest(name, Object.keys(COMMANDS));
  const instead = Object.hasOwn(OTHER_VERBS, name) ? OTHER_VERBS[name] : undefined;
  if (instead !== undefined)
    throw new TareError("user-bad-flag", `tare has no command ${name}`, { hint: instead });
  throw new TareError("user-bad-flag", `unknown command: ${name}`, {
    hint: near === undefined ? "tare help lists the commands" : `did you mean ${near}?`,
  });
}

async function help(words: readonly string[], out: (text: string) => void): Promise<number> {
  if (words.length > 0) {
    out(helpText((await find(commandName(words).name)).spec));
    return 0;
  }
  const top = Object.entries(COMMANDS).filter(([name]) => !name.includes(" "));
  const specs = await Promise.all(top.map(async ([, load]) => (await load()).spec));
  out("Tare turns an application and its Dockerfile into the smallest, safest image that still runs.\n\n");
  out(
    `Usage: tare COMMAND\n\nCommands:\n${specs.map((spec) => `  ${spec.name.padEnd(14)} ${spec.summary}`).join("\n")}\n`,
  );
  out("\nRun 'tare COMMAND --help' for the flags of a command.\n");
  return 0;
}

/**
 * ^C and SIGTERM stop a build in good order; a second one changes nothing, what is left is being removed. A third one ends
 * it as it stands: the engine ends with its caller, and what is left is for `prune`.
 */
function stopper(name: string): { readonly abort: AbortController; readonly by: () => StopSignal } {
  const abort = new AbortController();
  const asked: StopSignal[] = [];
  const stop = (signal: StopSignal) => {
    abort.abort();
    asked.push(signal);
    if (asked.length === 3) process.exit(exitCodeOfSignal(signal));
  };
  // A run's process gets the terminal's ^C itself, and SIGTERM is passed on to it. As the first process of its
  // namespace it ignores what it does not handle, so that ^C for the third time ends it, as in docker.
  let passed = name === "run" ? 2 : 0;
  process.on("SIGINT", () => passed-- <= 0 && stop("SIGINT"));
  if (name !== "run")
    for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(signal));
  return { abort, by: () => asked[0] ?? "SIGINT" };
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
  // A waiting read of standard input must not keep the program alive.
  process.stdin.unref?.();
});
