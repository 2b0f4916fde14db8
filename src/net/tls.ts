import { readFile } from "node:fs/promises";
import { isSystemError, TareError } from "../base/index.ts";

/** How TLS is spoken with one host, where it differs from how it is with everybody. */
export interface TlsChoice {
  /** Authorities that are trusted besides those of all, PEM. */
  readonly authorities: readonly string[];
  /** Who we are, PEM. */
  readonly client?: { readonly certificate: string; readonly key: string };
  /** False: whoever answers is believed. */
  readonly verify: boolean;
}

/** `registry.example.com:5000` to how TLS is spoken there; undefined where nothing is special. */
export type TlsOf = (host: string) => TlsChoice | undefined;

/** The same in Node's words. */
export interface TlsOptions {
  readonly ca: string[];
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized?: boolean;
}

export function tlsOptions(common: readonly string[], tls: TlsChoice | undefined): TlsOptions {
  return {
    ca: [...common, ...(tls?.authorities ?? [])],
    ...(tls?.client && { cert: tls.client.certificate, key: tls.client.key }),
    ...(tls?.verify === false && { rejectUnauthorized: false }),
  };
}

/**
 * The public authorities, and those of bundles that the host points programs to; PEM. What others read too may be wrong;
 * `environment-missing` for a file of our own variable that holds none.
 */
export async function commonAuthorities(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const own = environment.TARE_EXTRA_CA_CERTS;
  const names = ["NODE_EXTRA_CA_CERTS", "TARE_NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];
  const paths = new Set([...names.map((name) => environment[name]), "/etc/ssl/certs/ca-certificates.crt"]);
  const [{ rootCertificates }, ...texts] = await Promise.all([
    import("node:tls"),
    own ? ownAuthorities(own) : "",
    ...[...paths].map((path) => (path ? readFile(path, "utf8").catch(() => "") : "")),
  ]);
  return [...rootCertificates, ...texts.filter((text) => text !== "")];
}

async function ownAuthorities(path: string): Promise<string> {
  const hint = "name a file with certificates in PEM form in it";
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    if (!isSystemError(cause)) throw cause;
    const message = `can not read the file of TARE_EXTRA_CA_CERTS: ${cause.message}`;
    throw new TareError("environment-missing", message, { hint, cause });
  });
  if (text.includes("-----BEGIN ")) return text;
  throw new TareError("environment-missing", `${path}, of TARE_EXTRA_CA_CERTS, holds no certificate`, {
    hint,
  });
}
