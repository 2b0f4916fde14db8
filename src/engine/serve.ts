import { createReadStream, createWriteStream } from "node:fs";
import { type FromEngine, packError, readMessages, type ToEngine, writeMessage } from "./rpc.ts";

/** What a use case in the engine gets besides its parameters. */
export interface EngineCall {
  readonly emit: (event: unknown) => void;
  readonly signal: AbortSignal;
  /** Listens for signals that were sent to the caller. */
  readonly onSignal: (listener: (name: NodeJS.Signals) => void) => void;
  /** The process that made the engine's namespaces, as the caller numbers it. */
  readonly launcher: number;
  /** Lets the caller go: from now on nobody listens, and its end does not abort the work. */
  readonly release: () => void;
}

export type EngineHandler = (params: unknown, call: EngineCall) => Promise<unknown>;

/** Descriptors of the two pipes to the caller; standard streams stay free for the process that runs. */
export const ENGINE_IN = 3;
export const ENGINE_OUT = 4;

/** Answers one request from the caller, and ends with it: when its pipe closes, the work is aborted, unless it was released. */
export async function serveEngine(handlers: Readonly<Record<string, EngineHandler>>): Promise<void> {
  const input = createReadStream("", { fd: ENGINE_IN });
  const output = createWriteStream("", { fd: ENGINE_OUT });
  const abort = new AbortController();
  const listeners: ((name: NodeJS.Signals) => void)[] = [];
  let isReleased = false;
  const answer = (message: FromEngine) => {
    if (!isReleased) writeMessage(output, message);
  };
  const release = () => {
    answer({ type: "released" });
    isReleased = true;
    output.on("error", () => undefined).end();
  };
  let work: Promise<void> | undefined;
  for await (const message of readMessages<ToEngine>(input)) {
    if (message.type === "abort") abort.abort();
    else if (message.type === "signal") for (const listener of listeners) listener(message.name);
    else {
      const call = {
        emit: (event: unknown) => answer({ type: "event", event }),
        signal: abort.signal,
        onSignal: (listener: (name: NodeJS.Signals) => void) => void listeners.push(listener),
        launcher: message.launcher,
        release,
      };
      work = handle(handlers, message, call).then(answer);
    }
  }
  if (!isReleased) abort.abort();
  await work;
  if (!isReleased) await new Promise((resolve) => output.end(resolve));
}

async function handle(
  handlers: Readonly<Record<string, EngineHandler>>,
  { method, params }: { readonly method: string; readonly params: unknown },
  call: EngineCall,
): Promise<FromEngine> {
  try {
    const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
    if (!handler) throw new Error(`the engine knows no method ${method}`);
    return { type: "result", result: await handler(params, call) };
  } catch (error) {
    return { type: "error", error: packError(error) };
  }
}
