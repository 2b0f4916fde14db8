import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { listensHere } from "../src/api/containers/host-ports.ts";
import { ROOT, TARE } from "./harness.ts";

/** How a container ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an image of the shared store to its end, with `tare run`'s flags before the image. */
export async function runIn(
  image: string,
  args: readonly string[],
  { flags = [] }: { readonly flags?: readonly string[] } = {},
): Promise<Ended> {
  using container = start([...flags, image, ...args]);
  const [code] = (await once(container.child, "close")) as [number | null];
  return { code, stdout: container.said("stdout"), stderr: container.said("stderr") };
}

/** A server that runs until it is disposed; then it is asked to stop, and has to end without an error. */
export interface Serving extends AsyncDisposable {
  /** Waits until it has said something; logs may come a little later than what they tell of. */
  says(stream: Stream, what: RegExp): Promise<void>;
}

type Stream = "stdout" | "stderr";

/** How long a server may take until it listens or says something, milliseconds. */
const PATIENCE = 20_000;

/** Starts an image as a server and waits until it takes connections at a port of the loopback. */
export async function serve(
  image: string,
  args: readonly string[],
  { port, flags = [] }: { readonly port: number; readonly flags?: readonly string[] },
): Promise<Serving> {
  const { child, said, ...container } = start([...flags, image, ...args]);
  const closed = once(child, "close");
  for (let waited = 0; !(await listensHere(port)); waited += 50) {
    if (child.exitCode !== null || waited > PATIENCE)
      throw new Error(`the server does not answer:\n${said("stdout")}\n${said("stderr")}`);
    await sleep(50);
  }
  return {
    async says(stream, what) {
      for (let waited = 0; !what.test(said(stream)); waited += 50) {
        if (waited > PATIENCE) throw new Error(`the server does not say ${what}, but:\n${said(stream)}`);
        await sleep(50);
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      const [code] = (await closed) as [number | null];
      const text = said("stderr");
      container[Symbol.dispose]();
      if (code !== 0) throw new Error(`the server ended with ${code}:\n${text}`);
    },
  };
}

/** Sends some bytes to a port of the loopback and gives what comes back until the other side closes. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.end(bytes);
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

interface Container extends Disposable {
  readonly child: ChildProcess;
  /** What it has said until now. */
  readonly said: (stream: Stream) => string;
}

/** Its output goes to files: a server may open /dev/stdout, which can not be done with the sockets that Node would give it. */
function start(args: readonly string[]): Container {
  const folder = mkdtempSync(join(tmpdir(), "tare-container-"));
  const files = ["stdout", "stderr"].map((name) => openSync(join(folder, name), "a", 0o666));
  const child = spawn(TARE, ["run", "--root", ROOT, ...args], {
    stdio: ["ignore", files[0] as number, files[1] as number],
  });
  for (const file of files) closeSync(file);
  return {
    child,
    said: (stream) => readFileSync(join(folder, stream), "utf8"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
