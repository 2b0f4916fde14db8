import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readIfExists } from "../base/index.ts";
import { certificateBody, splitPem, uniqueCertificates } from "../trust/index.ts";

/** The certificates that this host trusts: `extra` are those that the public lists do not have. */
export interface HostCertificates {
  /** PEM. */
  readonly extra: readonly string[];
  readonly bundle: readonly string[];
}

const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];
/** `bin/tare` gives Node's own variable another name. */
const BUNDLE_VARIABLES = [
  ...["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"],
  ...["TARE_NODE_EXTRA_CA_CERTS", "TARE_EXTRA_CA_CERTS"],
];
const LOCAL_FOLDERS = ["/usr/local/share/ca-certificates", "/etc/pki/ca-trust/source/anchors"];
const MOZILLA = "/usr/share/ca-certificates/mozilla";

/**
 * Finds the host's extra certificate authorities, such as that of a company proxy that intercepts TLS:
 * what its bundles hold and neither Node's own list nor the distribution's Mozilla list does.
 */
export async function hostCertificates(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<HostCertificates> {
  const named = BUNDLE_VARIABLES.map((name) => environment[name]).filter(
    (path) => path !== undefined && path !== "",
  );
  const bundle = uniqueCertificates(
    (await Promise.all([...named, ...BUNDLES].map((path) => readPem(path as string)))).flat(),
  );
  // Only here, because an unchanged build has no use for it and would wait for it.
  const { rootCertificates } = await import("node:tls");
  const local = (await Promise.all(LOCAL_FOLDERS.map(readFolder))).flat();
  const known = new Set([...rootCertificates, ...(await readFolder(MOZILLA))].map(certificateBody));
  return {
    extra: uniqueCertificates([...local, ...bundle]).filter((pem) => !known.has(certificateBody(pem))),
    bundle,
  };
}

async function readPem(path: string): Promise<readonly string[]> {
  const bytes = await readIfExists(path).catch(() => undefined);
  return splitPem(bytes?.toString("latin1") ?? "");
}

async function readFolder(path: string): Promise<readonly string[]> {
  const names = await readdir(path).catch(() => []);
  return (
    await Promise.all(
      names.filter((name) => /\.(crt|pem)$/.test(name)).map((name) => readPem(join(path, name))),
    )
  ).flat();
}
