import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { isSystemError } from "../base/index.ts";

/** A line of a log, or a part of a long one, in the form of Docker's `json-file`. */
export interface LogEntry {
  /** With its newline, which parts of a long line do not have. */
  readonly log: string;
  readonly stream: "stdout" | "stderr";
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
}

/** Bytes of a log file; with the one before it a log has at most twice as much. */
const LOG_SIZE = 16 << 20;
/** Characters of an entry. */
const LONGEST = 16 << 10;

/** Names of a container's log, the older one first. */
export const LOG_FILES = ["log.json.1", "log.json"] as const;

/** The newer part of the log of a container, in its folder. */
export function currentLog(folder: string): string {
  return join(folder, LOG_FILES[1]);
}

/** Where a container's output goes. */
export interface ContainerLog extends Disposable {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/**
 * Opens the log of a container in its folder. Every entry is written at once, so what a process has said is there even
 * when it is killed. A log that is full is put aside, and the one before it is dropped.
 */
export function openLog(
  folder: string,
  { now, size = LOG_SIZE }: { readonly now: () => number; readonly size?: number },
): ContainerLog {
  const [before, path] = LOG_FILES.map((name) => join(folder, name)) as [string, string];
  let file = openSync(path, "a", 0o640);
  let written = fstatSync(file).size;
  /** Whether a full disk has cut the last line off. */
  let isTorn = false;
  const append = (stream: LogEntry["stream"], log: string) => {
    const entry: LogEntry = { log, stream, time: nanoTime(now()) };
    const line = Buffer.from(`${isTorn ? "\n" : ""}${JSON.stringify(entry)}\n`);
    if (written > 0 && written + line.length > size) rotate();
    const taken = writeSync(file, line);
    written += taken;
    isTorn = taken < line.length;
  };
  const rotate = () => {
    try {
      renameSync(path, before);
    } catch (error) {
      // Somebody removed the container by force, or the new file could not be made the last time.
      if (!isSystemError(error, "ENOENT")) throw error;
    }
    const next = openSync(path, "a", 0o640);
    closeSync(file);
    file = next;
    written = 0;
  };
  return {
    stdout: lineSink((text) => append("stdout", text)),
    stderr: lineSink((text) => append("stderr", text)),
    [Symbol.dispose]: () => closeSync(file),
  };
}

/** Cuts a stream into lines with their newlines; long lines in parts. A write that fails loses what it wrote, no more. */
function lineSink(append: (text: string) => void): Writable {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const entry = (text: string) => {
    try {
      append(text);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  };
  const take = (text: string, isLast: boolean) => {
    rest += text;
    for (let end = endOf(rest); end > 0; end = endOf(rest)) {
      const line = rest.slice(0, end);
      rest = rest.slice(end);
      entry(line);
    }
    if (isLast && rest !== "") entry(rest);
  };
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      take(decoder.write(chunk), false);
      done();
    },
    final(done) {
      take(decoder.end(), true);
      done();
    },
  });
}

/** How much of a text is an entry; 0 when more has to come first. */
function endOf(text: string): number {
  const newline = text.indexOf("\n");
  if (newline >= 0 && newline < LONGEST) return newline + 1;
  return text.length >= LONGEST ? LONGEST : 0;
}

function nanoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("Z", "000000Z");
}
