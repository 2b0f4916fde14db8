import { homedir } from "node:os";
import { join } from "node:path";
import { readIfExists, TareError } from "../base/index.ts";
import type { Credentials } from "./types.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A file of credentials as docker, podman and skopeo write it, as far as it matters here. */
export interface AuthFile {
  /** Whole file, so that it can be written back with what is not understood. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly path: string;
}

/** Docker's own file, whether it is there or not. */
export function dockerConfigPath(environment: Environment): string {
  return join(environment.DOCKER_CONFIG || join(environment.HOME || homedir(), ".docker"), "config.json");
}

/**
 * The files that credentials may be in, those that count first in front: DOCKER_AUTH_CONFIG, docker's, podman's.
 * `user-bad-login` for one that can not be read.
 */
export async function readAuthFiles(environment: Environment): Promise<readonly AuthFile[]> {
  const given = environment.DOCKER_AUTH_CONFIG;
  const files = given ? [authFile(Buffer.from(given), "DOCKER_AUTH_CONFIG")] : [];
  for (const path of paths(environment)) {
    const file = await readAuthFile(path);
    if (file) files.push(file);
  }
  return files;
}

/** One of them; undefined when it is not there. */
export async function readAuthFile(path: string): Promise<AuthFile | undefined> {
  const bytes = await readIfExists(path).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TareError("user-bad-login", `can not read ${path}: ${reason}`, {
      hint: "give yourself the right to read it, or name another folder with DOCKER_CONFIG",
      cause,
    });
  });
  return bytes && authFile(bytes, path);
}

/** An object within a file by its own key, so that `__proto__` is a key like any other. */
export function entryIn(json: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(json, key) ? json[key] : undefined;
}

/** The same for a key that should lead to an object; empty where it does not. */
export function objectIn(
  json: Readonly<Record<string, unknown>>,
  key: string,
): Readonly<Record<string, unknown>> {
  const value = entryIn(json, key);
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** What an entry of `auths` says; undefined for one without credentials, as stands for those that a helper has. */
export function credentialsIn(entry: Readonly<Record<string, unknown>>): Credentials | undefined {
  const text = (key: string) => {
    const value = entryIn(entry, key);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const bearer = text("registrytoken");
  if (bearer !== undefined) return { type: "bearer", token: bearer };
  const identity = text("identitytoken");
  if (identity !== undefined) return { type: "identity", token: identity };
  const pair = Buffer.from(text("auth") ?? "", "base64")
    .toString("utf8")
    .replace(/\0+$/, "");
  const colon = pair.indexOf(":");
  const username = colon > 0 ? pair.slice(0, colon) : text("username");
  const password = colon > 0 ? pair.slice(colon + 1) : text("password");
  return username !== undefined && password !== undefined
    ? { type: "password", username, password }
    : undefined;
}

function paths(environment: Environment): readonly string[] {
  const { REGISTRY_AUTH_FILE: given, XDG_RUNTIME_DIR: runtime } = environment;
  const config = environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), ".config");
  return [
    dockerConfigPath(environment),
    ...(given ? [given] : []),
    ...(runtime ? [join(runtime, "containers/auth.json")] : []),
    join(config, "containers/auth.json"),
  ];
}

function authFile(bytes: Uint8Array, path: string): AuthFile {
  try {
    const json: unknown = JSON.parse(Buffer.from(bytes).toString("utf8").trim() || "{}");
    if (typeof json === "object" && json !== null && !Array.isArray(json))
      return { json: json as Readonly<Record<string, unknown>>, path };
  } catch {
    // Told below, without its content: that is secret.
  }
  throw new TareError("user-bad-login", `${path} is not a JSON object`, {
    hint: "correct it, or remove it and `tare login` again",
  });
}
