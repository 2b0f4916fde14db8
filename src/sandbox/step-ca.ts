import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { derOf, type HostCertificates, splitPem } from "./host-ca.ts";
import { javaKeyStore } from "./java-keystore.ts";
import type { BindMount } from "./types.ts";

/** Where a step finds the certificates: a place where no package puts anything. */
const FOLDER = "/run/tare-ca";

/** Variables by which programs find a bundle. */
const BUNDLE_VARIABLES = [
  "SSL_CERT_FILE",
  "PIP_CERT",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "CARGO_HTTP_CAINFO",
  "AWS_CA_BUNDLE",
];

/** What a step gets so that its programs trust what the host trusts; nothing of it stays in the image. */
export interface StepCa {
  readonly mounts: readonly BindMount[];
  /** `K=V`, only for variables that the step does not set itself. */
  readonly env: readonly string[];
}

/**
 * Prepares the host's extra certificates for a step: a bundle that extends what the image trusts (or, when it
 * has no bundle, what the host trusts), and a Java trust store where the image has one.
 */
export async function stepCa(
  host: HostCertificates,
  step: {
    readonly imageBundle: string | undefined;
    readonly hasJava: boolean;
    readonly env: readonly string[];
    readonly scratch: string;
  },
): Promise<StepCa> {
  if (host.extra.length === 0) return { mounts: [], env: [] };
  const source = join(step.scratch, "ca");
  await mkdir(source, { mode: 0o755 });
  const trusted = step.imageBundle === undefined ? host.bundle : splitPem(step.imageBundle);
  const bundle = [...trusted, ...host.extra];
  await writeFile(join(source, "bundle.pem"), `${bundle.join("\n")}\n`, { mode: 0o644 });
  await writeFile(join(source, "extra.pem"), `${host.extra.join("\n")}\n`, { mode: 0o644 });
  if (step.hasJava)
    await writeFile(join(source, "java.jks"), javaKeyStore(bundle.map(derOf)), { mode: 0o644 });
  const variables = [
    ...BUNDLE_VARIABLES.map((name) => `${name}=${FOLDER}/bundle.pem`),
    `NODE_EXTRA_CA_CERTS=${FOLDER}/extra.pem`,
    ...(step.hasJava ? [`JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=${FOLDER}/java.jks`] : []),
  ];
  const own = new Set(step.env.map((pair) => pair.split("=", 1)[0]));
  return {
    mounts: [{ source, target: FOLDER, readonly: true }],
    env: variables.filter((pair) => !own.has(pair.split("=", 1)[0])),
  };
}
