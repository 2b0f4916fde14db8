import { type Digest, defined, TareError } from "../base/index.ts";
import { type GitAccess, parseGitReference } from "../git/index.ts";
import type { SourceOp } from "../graph/index.ts";
import type { HttpClient } from "../net/index.ts";
import { gitOperation, httpOperation, type OpenOperation } from "../solver/index.ts";
import type { Store } from "../store/index.ts";
import type { BuildJob } from "./job.ts";

/** What errors of a server tell the user to do. */
export const SOURCE_HINTS = {
  unreachable: "check the address, the network, and proxies (http_proxy)",
  refused: () => "check the address; HTTP_AUTH_TOKEN_<host> as a --secret brings credentials",
};

/** What sources on other machines need. */
export interface RemoteTools {
  readonly store: Store;
  readonly client: HttpClient;
  readonly signal: AbortSignal;
}

/** The operation of a source by HTTP or git; undefined for any other source. */
export function remoteOperation(
  op: SourceOp,
  job: BuildJob,
  { store, client, signal }: RemoteTools,
): OpenOperation | undefined {
  const { identifier, attributes = {} } = op;
  if (identifier.startsWith("git+")) {
    const reference = parseGitReference(identifier.slice("git+".length));
    if (!reference) throw new TareError("internal-bug", `not a repository: ${identifier}`);
    return gitOperation(
      {
        reference: { ...reference, ...defined({ checksum: attributes.checksum }) },
        keepGitDir: attributes["keep-git-dir"] === "true",
      },
      { store, signal, access: gitAccess(job, reference.remote) },
    );
  }
  if (!/^https?:\/\//.test(identifier)) return undefined;
  const source = {
    url: identifier,
    ...defined({
      checksum: attributes.checksum as Digest | undefined,
      authorization: httpAuthorization(job, identifier),
    }),
  };
  return httpOperation(source, { store, signal, client });
}

/** Credentials for a repository: the secrets that BuildKit knows, by host or for all. */
export function gitAccess(
  { secrets, environment }: Pick<BuildJob, "secrets" | "environment">,
  remote: string,
): GitAccess {
  const url = urlOf(remote);
  const header = secretOf(secrets, { name: "GIT_AUTH_HEADER", separators: [".", "_"], url });
  const token = secretOf(secrets, { name: "GIT_AUTH_TOKEN", separators: [".", "_"], url });
  const basic =
    token === undefined ? undefined : `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
  const chosen = header ?? basic;
  return chosen === undefined || !url
    ? { environment }
    : { environment, authorization: { origin: url.origin, header: chosen } };
}

function httpAuthorization({ secrets }: Pick<BuildJob, "secrets">, address: string): string | undefined {
  const url = urlOf(address);
  const header = secretOf(secrets, { name: "HTTP_AUTH_HEADER", separators: ["_"], url });
  const token = secretOf(secrets, { name: "HTTP_AUTH_TOKEN", separators: ["_"], url });
  return header ?? (token === undefined ? undefined : `Bearer ${token}`);
}

/** A secret of the host's own, else the one for all. */
function secretOf(
  secrets: BuildJob["secrets"],
  wanted: {
    readonly name: string;
    /** What may stand between the name and a host. */
    readonly separators: readonly string[];
    readonly url: URL | undefined;
  },
): string | undefined {
  const { name, separators, url } = wanted;
  const own = url ? separators.map((separator) => `${name}${separator}${url.host}`) : [];
  const names = [...own, name];
  const value = names.map((one) => secrets[one]).find((one) => one !== undefined);
  return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8").trim();
}

/** Undefined for `git@host:path`, which is no URL. */
function urlOf(address: string): URL | undefined {
  return URL.canParse(address) ? new URL(address) : undefined;
}
