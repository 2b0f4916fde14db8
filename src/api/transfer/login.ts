import { TareError } from "../../base/index.ts";
import { parseReference } from "../../oci/index.ts";
import type { RegistryChoice } from "./registry-access.ts";

/** What `login` is asked for. */
export interface LoginRequest extends RegistryChoice {
  /** A host; default docker.io. */
  readonly server?: string;
  readonly username: string;
  readonly password: string;
}

/** Where a login is kept from now on: a file or docker's credential helper. */
export interface LoginResult {
  readonly host: string;
  readonly place: { readonly helper: string } | { readonly path: string };
}

/** Tries credentials and keeps them where docker does. `registry-refused` when the registry does not take them; then nothing is kept. */
export async function login(
  request: LoginRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<LoginResult> {
  const [{ openRegistries, registryHost }, { pingRegistry, saveLogin }] = await modules();
  const { username, password, environment = {} } = request;
  const host = registryHost(request.server);
  await using access = openRegistries(request, signal);
  const credentials = { type: "password", username, password } as const;
  await pingRegistry(access.registry({ domain: host, path: "" }, credentials), signal).catch(withLoginHint);
  return { host, place: await saveLogin({ host, username, password }, environment, signal) };
}

/** Whoever has just tried a password is not told to do that. */
function withLoginHint(error: unknown): never {
  if (!(error instanceof TareError) || !error.message.includes("access denied")) throw error;
  const hint = "check the user name and the password; some registries want a token in its place";
  throw new TareError(error.code, error.message, { ...error.facts, hint, cause: error });
}

/** Forgets the credentials for a registry. */
export async function logout(
  { server, environment = {} }: RegistryChoice & { readonly server?: string },
  signal: AbortSignal = new AbortController().signal,
): Promise<{ readonly host: string; readonly known: boolean }> {
  const [{ registryHost }, { removeLogin }] = await modules();
  const host = registryHost(server);
  return { host, known: await removeLogin(host, environment, signal) };
}

/** The tags of a repository, as its registry lists them. `resolve-image`, `registry-*`. */
export async function remoteTags(
  request: RegistryChoice & { readonly repository: string },
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly string[]> {
  const [{ openRegistries }, { listTags }] = await modules();
  const reference = parseReference(request.repository);
  await using access = openRegistries(request, signal);
  return await listTags(access.registry(reference), reference.path, signal);
}

function modules() {
  return Promise.all([import("./registry-access.ts"), import("../../registry/index.ts")]);
}
