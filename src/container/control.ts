import { closeSync, constants, openSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { isSystemError, TareError } from "../base/index.ts";
import type { TerminalSize } from "../sandbox/index.ts";

/** What others ask of the process that watches over a container. JSON, one a line. */
export type ControlRequest =
  | { readonly type: "signal"; readonly name: NodeJS.Signals }
  /** Sends `signal`, and SIGKILL when it has not ended after so many seconds. */
  | { readonly type: "stop"; readonly signal: NodeJS.Signals; readonly timeout: number }
  /** How to start a further process; then with which code it left. */
  | { readonly type: "join"; readonly process: JoinRequest }
  | { readonly type: "joined"; readonly id: string; readonly code: number }
  /** Is answered with the exit code, when the container ends. */
  | { readonly type: "wait" };

/** A further process in a container. */
export interface JoinRequest {
  readonly args: readonly string[];
  /** `K=V` besides the container's. */
  readonly env: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  readonly terminal: boolean;
  readonly terminalSize?: TerminalSize;
  readonly privileged: boolean;
  /** Nobody waits for it, so there is no `joined`. */
  readonly detached?: boolean;
}

export type ControlHandlers = {
  readonly [T in ControlRequest["type"]]: (
    request: Extract<ControlRequest, { readonly type: T }>,
  ) => Promise<unknown> | unknown;
};

const NAME = "control";
/** How long who asked has to hang up at the end, milliseconds. */
const HANG_UP = 1_000;

/**
 * Listens in a container's folder. When disposed it gives the answers that are due and closes its connections, which tells
 * those who wait.
 */
export async function serveControl(folder: string, handlers: ControlHandlers): Promise<AsyncDisposable> {
  const connections = new Set<Socket>();
  const due = new Set<Promise<void>>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket)).on("error", () => undefined);
    void answer(socket, { handlers, due });
  });
  const path = socketPath(folder);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(path.name, resolve);
  });
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          path[Symbol.dispose]();
          resolve();
        });
        void Promise.all(due).then(() => {
          for (const socket of connections) socket.end();
        });
        setTimeout(() => {
          for (const socket of connections) socket.destroy();
        }, HANG_UP).unref();
      }),
  };
}

/** Who asks may die at any time, which is nothing to the container. */
async function answer(
  socket: Socket,
  { handlers, due }: { readonly handlers: ControlHandlers; readonly due: Set<Promise<void>> },
): Promise<void> {
  try {
    for await (const line of createInterface({ input: socket }).on("error", () => undefined)) {
      const reply = answerTo(line, handlers).then((answered) => {
        if (socket.writable) socket.write(`${JSON.stringify(answered)}\n`);
      });
      due.add(reply);
      await reply.finally(() => due.delete(reply));
    }
  } catch {
    socket.destroy();
  }
}

async function answerTo(line: string, handlers: ControlHandlers): Promise<ControlAnswer> {
  try {
    const request = JSON.parse(line) as ControlRequest;
    if (!Object.hasOwn(handlers, request.type)) throw new Error(`unknown request ${request.type}`);
    const handler = handlers[request.type] as (request: ControlRequest) => Promise<unknown> | unknown;
    return { result: (await handler(request)) ?? null };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** What came back: an answer, or that the container ended before there was one. */
export type ControlAnswer =
  | { readonly result: unknown }
  | { readonly error: string }
  | { readonly ended: true };

/** Asks the process that watches over a container; `ended` when there is none. */
export function askControl(
  folder: string,
  request: ControlRequest,
  signal: AbortSignal,
): Promise<ControlAnswer> {
  const path = socketPathIn(folder);
  if (path === undefined) return Promise.resolve({ ended: true });
  return new Promise((resolve, reject) => {
    const socket = createConnection(path.name);
    const finish = (settle: () => void) => {
      signal.removeEventListener("abort", abort);
      path[Symbol.dispose]();
      socket.destroy();
      settle();
    };
    const abort = () => finish(() => reject(new TareError("user-cancelled", "cancelled")));
    signal.addEventListener("abort", abort, { once: true });
    socket.on("error", (error) =>
      finish(() =>
        isSystemError(error, "ECONNREFUSED", "ENOENT", "ECONNRESET", "EPIPE")
          ? resolve({ ended: true })
          : reject(error),
      ),
    );
    socket.on("close", () => finish(() => resolve({ ended: true })));
    // It tells the errors of its input as well.
    createInterface({ input: socket })
      .on("error", () => undefined)
      .once("line", (line) => finish(() => resolve(JSON.parse(line) as ControlAnswer)));
    socket.write(`${JSON.stringify(request)}\n`);
  });
}

/** Undefined when the container was removed. */
function socketPathIn(folder: string): ReturnType<typeof socketPath> | undefined {
  try {
    return socketPath(folder);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** The name of a socket has 107 bytes at most, the path of a store may have more: so it is named by its open folder. */
function socketPath(folder: string): Disposable & { readonly name: string } {
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  let isOpen = true;
  return {
    name: `/proc/self/fd/${fd}/${NAME}`,
    [Symbol.dispose]: () => {
      if (isOpen) closeSync(fd);
      isOpen = false;
    },
  };
}
