import { type ChildProcess, spawnSync } from "node:child_process";
import { getuid } from "node:process";
import type { Readable, Writable } from "node:stream";
import { defined, TareError, throwIfCancelled } from "../base/index.ts";
import type { Limits } from "../sandbox/index.ts";
import { startEngine } from "./launch.ts";
import { isRefusal, rootNamespaceError } from "./namespace-error.ts";
import { type FromEngine, readMessages, type ToEngine, unpackError, writeMessage } from "./rpc.ts";
import { ENGINE_IN, ENGINE_OUT } from "./serve.ts";

export interface EngineOptions {
  readonly emit: (event: unknown) => void;
  /** For what the use case writes to its standard output; absent is nowhere. */
  readonly stdout?: Writable;
  /** Whether the use case owns this process's standard streams and gets its terminal's signals. */
  readonly foreground?: boolean;
  /** Signals to pass on. */
  readonly signals?: AsyncIterable<NodeJS.Signals>;
  /** Whether the use case may go on without its caller, once it says so. */
  readonly detached?: boolean;
  /** What the use case will limit containers to. */
  readonly limits?: Limits;
}

/**
 * Runs a use case in the engine: this program again, inside namespaces of its own. Events arrive while it
 * runs. Aborting asks it to stop and clean up; its death by any means ends everything that it has started. A detached
 * one is left to itself at its word, with undefined as the result.
 */
export async function callEngine(
  call: { readonly method: string; readonly params: unknown },
  options: EngineOptions,
  signal: AbortSignal,
): Promise<unknown> {
  const child = await startEngine({
    foreground: options.foreground ?? false,
    detached: options.detached ?? false,
    emit: options.emit,
    ...defined({ limits: options.limits }),
  });
  const input = child.stdio[ENGINE_IN] as Writable;
  const output = child.stdio[ENGINE_OUT] as Readable;
  const send = (message: ToEngine) => writeMessage(input, message);
  const errors = collect(child);
  if (options.stdout) child.stdout?.pipe(options.stdout, { end: false });
  else child.stdout?.resume();
  input.on("error", () => {});
  const abort = () => send({ type: "abort" });
  signal.addEventListener("abort", abort, { once: true });
  void forward(options.signals, send);
  send({ type: "call", ...call, launcher: child.pid as number });
  if (signal.aborted) abort();
  let isLeft = false;
  try {
    for await (const message of readMessages<FromEngine>(output)) {
      if (message.type === "event") options.emit(message.event);
      else if (message.type === "result") return message.result;
      else if (message.type === "released") {
        isLeft = true;
        return undefined;
      } else throw unpackError(message.error);
    }
    // Its last words may still be on their way.
    await ended(child);
    throwIfCancelled(signal);
    throw deathOf(errors());
  } finally {
    signal.removeEventListener("abort", abort);
    input.end();
    if (isLeft) {
      // Neither of them keeps this process alive.
      child.unref();
      input.destroy();
      output.destroy();
    } else await ended(child);
  }
}

async function forward(signals: EngineOptions["signals"], send: (message: ToEngine) => void): Promise<void> {
  for await (const name of signals ?? []) send({ type: "signal", name });
}

function deathOf(lastWords: string): TareError {
  const refusal = lastWords === "" ? refusalNow() : lastWords;
  if (isRefusal(refusal)) return rootNamespaceError(refusal);
  const told = lastWords === "" ? "" : `: ${lastWords}`;
  return new TareError("internal-bug", `the engine ended without an answer${told}`, {
    hint: "it may have been killed, or the machine is out of memory",
  });
}

/** What shares this process's terminal, or outlives it, tells its last words to somebody else. */
function refusalNow(): string {
  if (getuid?.() !== 0) return "";
  const { status, stderr } = spawnSync("unshare", ["--mount", "true"], { encoding: "utf8" });
  return status === 0 ? "" : (stderr ?? "").trim();
}

/** The last of what the engine wrote to its standard error, for the case that it dies. */
function collect(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    text = (text + chunk.toString("utf8")).slice(-4000);
  });
  return () => text.trim();
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("close", () => resolve()));
}
