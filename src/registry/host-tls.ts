import { isSystemError, readSmallIfExists, TareError } from "../base/index.ts";
import type { TlsChoice, TlsOf } from "../net/index.ts";
import type { TlsFiles } from "../oci/index.ts";
import type { Environment } from "./auth-file.ts";
import { certificateFiles } from "./certificate-folders.ts";

/** What is known of TLS with the hosts of a client; grows as registries are opened. */
export interface HostTls {
  readonly tlsOf: TlsOf;
  /** Adds what a rule says of a host. */
  add(host: string, facts: { readonly insecure: boolean; readonly tls?: TlsFiles | undefined }): void;
}

export function openHostTls(environment: Environment): HostTls {
  const rules = new Map<string, { insecure: boolean; files: TlsFiles[] }>();
  const choices = new Map<string, TlsChoice | undefined>();
  return {
    add(host, { insecure, tls }) {
      const known = rules.get(host) ?? { insecure: false, files: [] };
      known.insecure ||= insecure;
      if (tls) known.files.push(tls);
      rules.set(host, known);
      choices.delete(host);
    },
    tlsOf(host) {
      if (!choices.has(host)) {
        const { insecure = false, files = [] } = rules.get(host) ?? {};
        choices.set(host, choiceOf([...files, certificateFiles(host, environment)], insecure));
      }
      return choices.get(host);
    },
  };
}

function choiceOf(files: readonly TlsFiles[], insecure: boolean): TlsChoice | undefined {
  const authorities = [...new Set(files.flatMap((one) => one.authorities))];
  const [client] = files.flatMap((one) => one.clients);
  if (!insecure && !client && authorities.length === 0) return undefined;
  return {
    verify: !insecure,
    authorities: authorities.map(readPem),
    ...(client && { client: { certificate: readPem(client.certificate), key: readPem(client.key) } }),
  };
}

function readPem(path: string): string {
  let text: string | undefined;
  try {
    text = readSmallIfExists(path)?.toString("utf8");
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw unreadable(path, cause.message, cause);
  }
  if (text === undefined) throw unreadable(path, "there is no such file");
  if (text.includes("-----BEGIN ")) return text;
  throw new TareError("user-bad-settings", `${path} holds nothing in PEM form`, {
    hint: "write `-----BEGIN CERTIFICATE-----` and what belongs to it there (openssl x509 -inform der turns a binary one into it), or remove it",
  });
}

function unreadable(path: string, reason: string, cause?: unknown): TareError {
  return new TareError("user-bad-settings", `can not read the certificate ${path}: ${reason}`, {
    hint: "correct the path, or give yourself the right to read it",
    cause,
  });
}
