import { isDigest, TareError, throwIfCancelled } from "../base/index.ts";
import type { MirrorUse } from "../oci/index.ts";
import type { Registry, RegistryAnswer, RegistryRequest } from "./types.ts";

/** A registry that has a repository, perhaps under another name. */
export interface Mirror {
  readonly registry: Registry;
  /** Path of the repository there. */
  readonly repository: string;
  readonly use: MirrorUse;
  /** Whether what is written goes here. */
  readonly takesPushes?: boolean;
}

export interface MirroredOptions {
  /** Path of the repository. */
  readonly repository: string;
  /** Asked in this order. */
  readonly mirrors: readonly Mirror[];
  /** False when the mirrors are asked alone: the registry's content has moved. */
  readonly readsItself: boolean;
}

/**
 * A registry whose manifests and blobs of one repository are asked for at mirrors first; one that does not have them,
 * or does not answer, gives way to the next, and in the end to the registry itself. All that writes goes to the first
 * mirror that takes it, else to the registry itself.
 */
export function mirroredRegistry(itself: Registry, options: MirroredOptions): Registry {
  const { repository, readsItself } = options;
  const own: Mirror = { registry: itself, repository, use: "all" };
  const mirrors = [...options.mirrors, ...(readsItself ? [own] : [])];
  const written = mirrors.find(({ takesPushes }) => takesPushes) ?? own;
  const lost = new Set<Mirror>();
  return {
    host: itself.host,
    async request(request, signal) {
      const reference = readReference(request, repository);
      const asked = mirrors.filter((mirror) => !lost.has(mirror) && serves(mirror, reference));
      if (reference === undefined)
        return written.registry.request(
          movedRequest(request, { from: repository, to: written.repository }),
          signal,
        );
      if (asked.length === 0) return itself.request(request, signal);
      return firstAnswer(asked, { request, repository, lost }, signal);
    },
  };
}

async function firstAnswer(
  mirrors: readonly Mirror[],
  {
    request,
    repository,
    lost,
  }: { readonly request: RegistryRequest; readonly repository: string; readonly lost: Set<Mirror> },
  signal: AbortSignal,
): Promise<RegistryAnswer> {
  const failures: string[] = [];
  for (const [index, mirror] of mirrors.entries()) {
    const isLast = index === mirrors.length - 1;
    try {
      // What a mirror does not have is no answer as long as there is another one to ask.
      const first = { expect: request.expect.filter((status) => status < 400), once: true };
      const moved = movedRequest(request, { from: repository, to: mirror.repository });
      return await mirror.registry.request(isLast ? moved : { ...moved, ...first }, signal);
    } catch (error) {
      throwIfCancelled(signal);
      if (!(error instanceof TareError)) throw error;
      if (isLast) throw withFailures(error, failures);
      if (error.code === "registry-unreachable") lost.add(mirror);
      failures.push(`${mirror.registry.host}: ${error.message}`);
    }
  }
  throw new TareError("internal-bug", "no mirror was asked");
}

/** The tag or digest of what is read; undefined for a request that only the registry itself can answer. */
function readReference({ method, path, scopes }: RegistryRequest, repository: string): string | undefined {
  if ((method !== "GET" && method !== "HEAD") || scopes.some((scope) => !scope.endsWith(":pull")))
    return undefined;
  const [, kind, reference] =
    /^\/(manifests|blobs)\/([^/]+)$/.exec(path.slice(`/v2/${repository}`.length)) ?? [];
  return path.startsWith(`/v2/${repository}/`) && kind !== undefined ? reference : undefined;
}

function serves({ use }: Mirror, reference: string | undefined): boolean {
  if (reference === undefined || use === "all") return reference !== undefined;
  if (use === "none") return false;
  return isDigest(reference) === (use === "digest-only");
}

function movedRequest(
  request: RegistryRequest,
  { from, to }: { readonly from: string; readonly to: string },
): RegistryRequest {
  // Where an upload goes on, a registry says with a whole address.
  const own = `/v2/${from}/`;
  return {
    ...request,
    path: request.path.startsWith(own) ? `/v2/${to}/${request.path.slice(own.length)}` : request.path,
    scopes: request.scopes.map((scope) => scope.replace(`repository:${from}:`, () => `repository:${to}:`)),
  };
}

function withFailures(error: TareError, failures: readonly string[]): TareError {
  if (failures.length === 0) return error;
  const { hint } = error.facts;
  return new TareError(error.code, `${error.message} (before that, of mirrors: ${failures.join("; ")})`, {
    ...error.facts,
    ...(hint !== undefined && { hint }),
    cause: error,
  });
}
