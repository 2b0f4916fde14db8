import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { isSystemError, TareError } from "../base/index.ts";

/**
 * Listens at `path` and passes every connection on to the socket `target`: a container gets a socket of its own
 * mode and owner, and the agent behind it sees this process, not one of the container's users.
 */
export async function relaySocket(target: string, path: string): Promise<AsyncDisposable> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const agent = connect(target);
    for (const [from, to] of [
      [client, agent],
      [agent, client],
    ] as const) {
      open.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => open.delete(from));
      from.pipe(to);
    }
  });
  server.listen(path);
  try {
    await once(server, "listening");
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new TareError("environment-runtime", `can not make a socket for the SSH agent: ${error.message}`, {
      hint: "the path of the store may be too long for a socket: set TARE_ROOT to a shorter one",
      cause: error,
    });
  }
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
