import { type Digest, defined, TareError } from "../../base/index.ts";
import { parseGitReference } from "../../git/index.ts";
import type { SourceOp } from "../../graph/index.ts";
import type { HttpClient } from "../../net/index.ts";
import { gitOperation, httpOperation, type OpenOperation } from "../../solver/index.ts";
import type { Store } from "../../store/index.ts";
import type { BuildJob } from "./job.ts";
import { gitAccess, httpAuthorization } from "./source-secrets.ts";

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
