import { spawn } from "node:child_process";
import { TareError, throwIfCancelled } from "../base/index.ts";
import { jsonObject, onOneLine } from "./answers.ts";
import type { Environment } from "./auth-file.ts";
import type { Credentials } from "./types.ts";

/** A program that keeps credentials: `docker-credential-NAME` (docker-credential-helpers, "Development"). */
export interface Helper {
  readonly name: string;
  readonly environment: Environment;
}

type Action = "get" | "store" | "erase";

/** What a helper has for a server; undefined when it has nothing. `user-bad-login` when it can not be asked. */
export async function helperCredentials(
  helper: Helper,
  server: string,
  signal: AbortSignal,
): Promise<Credentials | undefined> {
  const { code, output } = await runHelper(helper, { action: "get", input: server }, signal);
  if (code !== 0) {
    if (/credentials not found|no credentials server URL/i.test(output)) return undefined;
    throw failed(helper, "get", output);
  }
  const json = jsonObject(Buffer.from(output));
  const { Username: username, Secret: secret } = json ?? {};
  if (typeof username !== "string" || typeof secret !== "string")
    throw failed(helper, "get", "not its answer");
  if (secret === "") return undefined;
  if (username === "<token>") return { type: "identity", token: secret };
  return { type: "password", username, password: secret };
}

/** Lets a helper keep a password. */
export async function storeInHelper(
  helper: Helper,
  {
    server,
    username,
    password,
  }: { readonly server: string; readonly username: string; readonly password: string },
  signal: AbortSignal,
): Promise<void> {
  const input = JSON.stringify({ ServerURL: server, Username: username, Secret: password });
  const { code, output } = await runHelper(helper, { action: "store", input }, signal);
  if (code !== 0) throw failed(helper, "store", output);
}

/** Lets a helper forget a server; one that it does not know is forgotten already. */
export async function eraseInHelper(helper: Helper, server: string, signal: AbortSignal): Promise<void> {
  await runHelper(helper, { action: "erase", input: server }, signal);
}

const MAX_OUTPUT = 1 << 20;
const TIMEOUT = 60_000;

async function runHelper(
  { name, environment }: Helper,
  { action, input }: { readonly action: Action; readonly input: string },
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly output: string }> {
  throwIfCancelled(signal);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    throw new TareError("user-bad-login", `invalid name of a credential helper: ${JSON.stringify(name)}`, {
      hint: "correct credsStore and credHelpers in docker's config.json",
    });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]);
  const child = spawn(`docker-credential-${name}`, [action], {
    env: { ...environment },
    signal: limit,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const parts: Buffer[] = [];
  let size = 0;
  child.stdout.on("data", (part: Buffer) => {
    size += part.length;
    if (size <= MAX_OUTPUT) parts.push(part);
  });
  try {
    return { code: await ended, output: Buffer.concat(parts).toString("utf8").trim() };
  } catch (cause) {
    throwIfCancelled(signal);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TareError("user-bad-login", `can not run docker-credential-${name}: ${reason}`, {
      hint: "install it, or take it out of credsStore and credHelpers in docker's config.json",
      cause,
    });
  }
}

/** A helper that was asked for credentials may print them, so only what it says of a failure is shown. */
function failed({ name }: Helper, action: Action, output: string): TareError {
  return new TareError("user-bad-login", `docker-credential-${name} ${action} failed: ${onOneLine(output)}`, {
    hint: `try it by hand: docker-credential-${name} list`,
  });
}
