import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { uniqueName } from "../base/index.ts";
import type { JoinCommand } from "./types.ts";

/** The files by which a further process in a sandbox is started. */
export interface JoinFiles {
  /** What it is, with its environment. */
  readonly spec: string;
  /** Where a runtime tells why it failed. */
  readonly log: string;
}

/** A command that starts a process by a file with what it is, which only this user can read. */
export function joinCommand(
  scratch: string,
  {
    content,
    words,
    check,
  }: {
    readonly content: unknown;
    readonly words: (files: JoinFiles) => readonly string[];
    readonly check: (code: number, files: JoinFiles) => Promise<void>;
  },
): JoinCommand {
  const name = join(scratch, uniqueName());
  const files: JoinFiles = { spec: `${name}.json`, log: `${name}.log` };
  writeFileSync(files.spec, JSON.stringify(content), { mode: 0o600 });
  const command = words(files);
  return {
    command,
    alone: ["sh", "-c", '"$@"; rm -f -- "$0.json" "$0.log"', name, ...command],
    check: (code) => check(code, files),
    [Symbol.dispose]() {
      for (const path of [files.spec, files.log]) rmSync(path, { force: true });
    },
  };
}
