import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isSystemError, throwIfCancelled } from "../base/index.ts";
import { LOG_FILES, type LogEntry } from "./log-file.ts";

export interface LogChoice {
  /** Only so many of the last entries' lines; default all. */
  readonly tail?: number;
  /** Milliseconds since 1970: nothing before this, and nothing from this on. */
  readonly since?: number;
  readonly until?: number;
  /** Goes on with what is being written, as long as this says that more may come. */
  readonly follow?: () => boolean;
}

/** How often to look for more, milliseconds. */
const PAUSE = 100;

/** The entries of a container's log, oldest first. What is damaged is passed over. */
export async function* readLog(
  folder: string,
  { tail, since, until, follow }: LogChoice,
  signal: AbortSignal,
): AsyncGenerator<LogEntry> {
  const isWanted = ({ time }: LogEntry) => {
    const at = Date.parse(time);
    return (since === undefined || at >= since) && (until === undefined || at < until);
  };
  const [before, current] = LOG_FILES.map((name) => join(folder, name)) as [string, string];
  await using older = await openLines(before);
  let newer = await openLines(current);
  try {
    const present = join2(older?.read(), newer?.read());
    for await (const entry of tail === undefined ? present : lastOf(present, { tail, isWanted }))
      if (isWanted(entry)) yield entry;
    while (follow) {
      // Asked first: what was written before the end is still read.
      const mayCome = follow();
      newer ??= await openLines(current);
      if (newer) for await (const entry of newer.read()) if (isWanted(entry)) yield entry;
      const next = await replaced(newer, current);
      if (next) {
        // What came between the last look and the new file.
        if (newer) for await (const entry of newer.read()) if (isWanted(entry)) yield entry;
        await newer?.[Symbol.asyncDispose]();
        newer = next;
      } else if (!mayCome) return;
      else await sleep(PAUSE, undefined, { signal }).catch(() => throwIfCancelled(signal));
    }
  } finally {
    await newer?.[Symbol.asyncDispose]();
  }
}

async function* join2(
  first: AsyncIterable<LogEntry> | undefined,
  second: AsyncIterable<LogEntry> | undefined,
): AsyncGenerator<LogEntry> {
  if (first) yield* first;
  if (second) yield* second;
}

/** Of a long line every part belongs to it. */
async function* lastOf(
  entries: AsyncIterable<LogEntry>,
  { tail, isWanted }: { readonly tail: number; readonly isWanted: (entry: LogEntry) => boolean },
): AsyncGenerator<LogEntry> {
  const lines: LogEntry[][] = [];
  let isOpen = false;
  for await (const entry of entries) {
    if (!isWanted(entry)) continue;
    if (isOpen) lines.at(-1)?.push(entry);
    else lines.push([entry]);
    isOpen = !entry.log.endsWith("\n");
    if (lines.length > tail) lines.shift();
  }
  yield* lines.flat();
}

interface LineFile extends AsyncDisposable {
  readonly inode: number;
  /** What is there and was not read yet; the last line only once it is whole. */
  read(): AsyncIterable<LogEntry>;
}

async function openLines(path: string): Promise<LineFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
  const { ino } = await handle.stat();
  const buffer = Buffer.alloc(64 << 10);
  let at = 0;
  let rest = Buffer.alloc(0);
  return {
    inode: ino,
    async *read() {
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
        const end = bytes.lastIndexOf(0x0a) + 1;
        rest = bytes.subarray(end);
        for (const line of bytes.toString("utf8", 0, end).split("\n")) {
          const entry = parseEntry(line);
          if (entry) yield entry;
        }
      }
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/** The file that stands in the place of one that was put aside. */
async function replaced(known: LineFile | undefined, path: string): Promise<LineFile | undefined> {
  const now = await openLines(path);
  if (now && now.inode !== known?.inode) return now;
  await now?.[Symbol.asyncDispose]();
  return undefined;
}

function parseEntry(line: string): LogEntry | undefined {
  try {
    const { log, stream, time } = JSON.parse(line) as Partial<LogEntry>;
    if (typeof log !== "string" || typeof time !== "string") return undefined;
    return { log, stream: stream === "stderr" ? "stderr" : "stdout", time };
  } catch {
    return undefined;
  }
}
