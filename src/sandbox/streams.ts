import { closeSync, fstatSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { pipe } from "../base/index.ts";
import type { ProcessIo } from "./types.ts";

/** The standard streams of a process that is about to be started, for `spawn`'s `stdio`. */
export interface Streams {
  readonly stdio: readonly ("inherit" | "ignore" | number)[];
  /** To be called once it has started, or could not be: closes what belongs to it. */
  started(): void;
  /** Resolves when all that it wrote has arrived. */
  ended(): Promise<void>;
}

/**
 * Connects a process by pipes. A socket, as which Node connects its children, can not be opened by a name: a program
 * that writes to /dev/stderr would fail. So streams of this process that are sockets are relayed as well.
 */
export function openStreams(io: ProcessIo): Streams {
  const theirs: number[] = [];
  const arriving: Promise<void>[] = [];
  const output = (target: ProcessIo["stdout"], own: 1 | 2): "inherit" | number => {
    if (target === "inherit" && !isSocket(own)) return "inherit";
    const { read, write } = pipe();
    theirs.push(write);
    arriving.push(relay(new Socket({ fd: read }), target === "inherit" ? ownStream(own) : target));
    return write;
  };
  const [stdin, stdout, stderr] = [inputOf(io, theirs), output(io.stdout, 1), output(io.stderr, 2)];
  return {
    stdio: [stdin, stdout, stderr],
    started() {
      for (const fd of theirs.splice(0)) closeSync(fd);
    },
    async ended() {
      await Promise.all(arriving);
    },
  };
}

function inputOf({ stdin }: ProcessIo, theirs: number[]): "inherit" | "ignore" | number {
  if (stdin === undefined) return "ignore";
  if (stdin === "inherit" && !isSocket(0)) return "inherit";
  const { read, write } = pipe();
  theirs.push(read);
  const target = new Socket({ fd: write, readable: false });
  // Nobody has to read to the end what is typed.
  target.on("error", () => undefined);
  if (stdin === "inherit") ownStream(0).pipe(target);
  else target.unref();
  return read;
}

function isSocket(fd: number): boolean {
  return fstatSync(fd).isSocket();
}

/** A reader that goes away is no concern of the process: the rest is read all the same. */
async function relay(source: Readable, target: Writable): Promise<void> {
  source.pipe(target, { end: false });
  target.once("error", () => source.resume());
  await finished(source, { writable: false }).catch(() => undefined);
}

function ownStream(fd: 0 | 1 | 2): Socket {
  return new Socket({ fd, readable: fd === 0, writable: fd !== 0 }).on("error", () => undefined);
}
