import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { ensureDirectory, writeFileAtomic } from "../base/index.ts";
import { type AuthFile, dockerConfigPath, type Environment, objectIn, readAuthFile } from "./auth-file.ts";
import { eraseInHelper, storeInHelper } from "./credential-helper.ts";
import { helperFor, serverName } from "./credentials.ts";

/** Who logs in where. */
export interface Login {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** Where a login was kept. */
export type LoginPlace = { readonly helper: string } | { readonly path: string };

/** Keeps a login where docker keeps it: with its helper, else in its `config.json`, which only the user can read. `user-bad-login`. */
export async function saveLogin(
  { host, username, password }: Login,
  environment: Environment,
  signal: AbortSignal,
): Promise<LoginPlace> {
  const path = dockerConfigPath(environment);
  const file = (await readAuthFile(path)) ?? { json: {}, path };
  const helper = helperFor(file, host);
  if (helper !== undefined)
    await storeInHelper(
      { name: helper, environment },
      { server: serverName(host), username, password },
      signal,
    );
  const entry =
    helper === undefined ? { auth: Buffer.from(`${username}:${password}`).toString("base64") } : {};
  await write(file, { ...objectIn(file.json, "auths"), [serverName(host)]: entry });
  return helper === undefined ? { path } : { helper };
}

/** Forgets a login; false when there was none. */
export async function removeLogin(
  host: string,
  environment: Environment,
  signal: AbortSignal,
): Promise<boolean> {
  const file = await readAuthFile(dockerConfigPath(environment));
  if (!file) return false;
  const helper = helperFor(file, host);
  if (helper !== undefined) await eraseInHelper({ name: helper, environment }, serverName(host), signal);
  const auths = Object.entries(objectIn(file.json, "auths"));
  const gone = [host, serverName(host), `https://${host}`, `http://${host}`];
  const kept = auths.filter(([key]) => !gone.includes(key));
  if (kept.length === auths.length) return false;
  await write(file, Object.fromEntries(kept));
  return true;
}

/** The rest of the file stays; a link to it stays one. */
async function write({ json, path }: AuthFile, auths: Readonly<Record<string, unknown>>): Promise<void> {
  await ensureDirectory(dirname(path), 0o700);
  const target = await realpath(path).catch(() => path);
  const text = `${JSON.stringify({ ...json, auths }, null, "\t")}\n`;
  await writeFileAtomic(target, text, dirname(target), 0o600);
}
