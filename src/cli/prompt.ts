import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { TareError } from "../api/index.ts";
import type { Terminal } from "./terminal.ts";

/** Asks whoever sits at the terminal for a line; what is `hidden` is not shown while it is typed. */
export async function askFor(
  question: string,
  { err, signal }: Pick<Terminal, "err" | "signal">,
  { hidden }: { readonly hidden: boolean },
): Promise<string> {
  const shown = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (!hidden) err.write(chunk.toString());
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output: shown, terminal: true });
  err.write(question);
  try {
    return await new Promise<string>((resolve, reject) => {
      const stop = () => reject(new TareError("user-cancelled", "cancelled"));
      lines.on("line", resolve);
      lines.on("SIGINT", stop);
      lines.on("close", stop);
      signal.addEventListener("abort", stop, { once: true });
    });
  } finally {
    lines.close();
    if (hidden) err.write("\n");
  }
}
