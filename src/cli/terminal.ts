import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Screen } from "./progress.ts";

/** What a command may do to the world: its streams and the signal that ^C gives. */
export interface Terminal {
  readonly out: (text: string) => void;
  /** The same for what is too long to be held as a whole; it is made as fast as it is read. */
  readonly outPieces: (pieces: Iterable<string>) => Promise<void>;
  readonly err: Screen;
  /** Of standard output, where it is a terminal. */
  readonly columns?: number;
  readonly isTerminal: boolean;
  /** Whether somebody types at standard input. */
  readonly hasKeyboard: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Why everything stops when nobody reads any more. */
export const READER_GONE = new Error("the reader of the output has gone");

/**
 * This process as a terminal. A reader that goes away (`| head`) is no error of a command that only prints; what takes
 * its time is stopped in good order, and ends without a word as a program does that SIGPIPE ends.
 */
export function processTerminal(abort: AbortController): Terminal {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      abort.abort(error.code === "EPIPE" ? READER_GONE : undefined);
      if (error.code === "EPIPE") return;
      if (stream === process.stdout)
        process.stderr.write(`ERROR: can not write to standard output: ${error.message}\n`);
      process.exit(1);
    });
  // A dumb terminal can not move its cursor: it gets lines.
  const isTerminal = process.stderr.isTTY === true && process.env.TERM !== "dumb";
  return {
    out: (text) => void process.stdout.write(text),
    async outPieces(pieces) {
      try {
        await pipeline(Readable.from(inBlocks(pieces)), process.stdout, { end: false });
      } catch (error) {
        if (abort.signal.reason !== READER_GONE) throw error;
      }
    },
    err: {
      write: (text) => void process.stderr.write(text),
      columns: () => process.stderr.columns || 80,
      rows: () => process.stderr.rows || 24,
      colour: isTerminal && !process.env.NO_COLOR,
    },
    ...(process.stdout.isTTY && { columns: process.stdout.columns || 80 }),
    isTerminal,
    hasKeyboard: process.stdin.isTTY === true,
    env: process.env,
    signal: abort.signal,
  };
}

const BLOCK = 64 << 10;

/** One write for many short pieces. */
function* inBlocks(pieces: Iterable<string>): Generator<string> {
  let block = "";
  for (const piece of pieces) {
    block += piece;
    if (block.length < BLOCK) continue;
    yield block;
    block = "";
  }
  if (block !== "") yield block;
}
