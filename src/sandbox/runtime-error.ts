import { readFile } from "node:fs/promises";
import { TareError } from "../base/index.ts";
import { execFailure, notExecutable } from "./exec-failure.ts";
import type { ProcessSpec } from "./types.ts";

/** What a runtime left behind when it ended. */
export interface RuntimeEnd {
  readonly program: string;
  /** Its log, JSON lines. */
  readonly log: string;
  readonly spec: ProcessSpec;
  readonly code: number;
}

/** Throws when a runtime ended for a reason of its own; its log tells its failures from those of the process. */
export async function throwRuntimeError({ program, log, spec, code }: RuntimeEnd): Promise<void> {
  const command = spec.args[0] ?? "";
  const message = (await lastError(log)) ?? (code === 1 ? refusal(spec) : undefined);
  if (message === undefined) return;
  if (
    /permission denied|exec format error|is a directory|open executable: operation not permitted/i.test(
      message,
    )
  )
    throw notExecutable(spec, message, { exitCode: code });
  // A mount whose source or target is missing is told in the same words, and is not the program's fault.
  if (/\bexec|^no such file/i.test(message) && /not found|no such file/i.test(message))
    throw new TareError("exec-not-found", `${command} does not exist in the image: ${message}`, {
      hint: `check the path and PATH; a script needs the interpreter that its first line names, a program its dynamic loader`,
      exitCode: code,
    });
  throw new TareError("environment-runtime", `${program} failed: ${message}`, {
    hint: "when it names a path, check the mounts; --isolation=chroot needs no runtime",
    exitCode: code,
  });
}

/** In the words of the kernel, which crun writes to the process's standard error only. */
function refusal(spec: ProcessSpec): string | undefined {
  const failure = execFailure(spec);
  if (failure === undefined) return undefined;
  return failure === "not-found" ? "no such file or directory" : "permission denied or exec format error";
}

async function lastError(log: string): Promise<string | undefined> {
  const lines = (await readFile(log, "utf8").catch(() => "")).split("\n").filter(Boolean);
  for (const line of lines.toReversed()) {
    const record = parseLine(line);
    if (record?.level === "error" || record?.level === "fatal") return record.msg;
  }
  return undefined;
}

function parseLine(line: string): { readonly level?: string; readonly msg?: string } | undefined {
  try {
    return JSON.parse(line) as { level?: string; msg?: string };
  } catch {
    return undefined;
  }
}
