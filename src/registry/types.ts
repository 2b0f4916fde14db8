import type { HttpAnswer, HttpRequest } from "../net/index.ts";

/** Who asks. */
export type Credentials =
  | { readonly type: "password"; readonly username: string; readonly password: string }
  /** A refresh token, which is exchanged for tokens (Docker's `identitytoken`). */
  | { readonly type: "identity"; readonly token: string }
  /** A token that is sent as it is (Docker's `registrytoken`). */
  | { readonly type: "bearer"; readonly token: string };

/** One registry. */
export interface Registry {
  /** As names have it: `docker.io`, `localhost:5000`. */
  readonly host: string;
  /**
   * An exchange, with the authorization that it needs. Fails that may go away are tried again, unless `once` says
   * otherwise. `registry-unreachable`; `registry-refused` or `resolve-image` for a status that is not expected.
   */
  request(request: RegistryRequest, signal: AbortSignal): Promise<RegistryAnswer>;
}

export interface RegistryAnswer extends HttpAnswer {
  /** What was asked; addresses in the answer may be relative to it. */
  readonly url: string;
}

export interface RegistryRequest {
  readonly method: HttpRequest["method"];
  /** `/v2/…`, or a whole address that the registry gave. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Made anew for every try; `size` is its length in bytes. Each piece need only be valid until the one after the next is
   * asked for.
   */
  readonly body?: { readonly size: number; readonly bytes: () => Uint8Array | AsyncIterable<Uint8Array> };
  /** What a token has to allow: `repository:team/app:pull`. */
  readonly scopes: readonly string[];
  /** Statuses that are handed back. */
  readonly expect: readonly number[];
  /** What is asked for, in words of an error. */
  readonly what: string;
  /** Not tried again here. */
  readonly once?: boolean;
}
