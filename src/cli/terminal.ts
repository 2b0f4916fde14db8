import type { Screen } from "./progress.ts";

/** What a command may do to the world: its streams and the signal that ^C gives. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: Screen;
  readonly isTerminal: boolean;
  /** Whether somebody types at standard input. */
  readonly hasKeyboard: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** This process as a terminal. A reader that goes away (`| head`) ends the program quietly. */
export function processTerminal(signal: AbortSignal): Terminal {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      throw error;
    });
  // A dumb terminal can not move its cursor: it gets lines.
  const isTerminal = process.stderr.isTTY === true && process.env.TERM !== "dumb";
  return {
    out: (text) => void process.stdout.write(text),
    err: {
      write: (text) => void process.stderr.write(text),
      columns: () => process.stderr.columns || 80,
      rows: () => process.stderr.rows || 24,
      colour: isTerminal && !process.env.NO_COLOR,
    },
    isTerminal,
    hasKeyboard: process.stdin.isTTY === true,
    env: process.env,
    signal,
  };
}
