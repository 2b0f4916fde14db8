/**
 * net: HTTP as everybody above needs it: through the proxies of the environment, with the host's certificates,
 * redirects followed, failures as errors that say what to do. Knows nothing of what it fetches.
 */

export * from "./file-name.ts";
export * from "./http-client.ts";
export * from "./retries.ts";
export type { TlsChoice, TlsOf } from "./tls.ts";
