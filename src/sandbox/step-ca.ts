import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, hexOf, isSystemError, sha256, uniqueName } from "../base/index.ts";
import { derOf, javaKeyStore, splitPem, uniqueCertificates } from "../trust/index.ts";
import type { HostCertificates } from "./host-ca.ts";
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

/** What a step trusts by itself. */
export interface StepTrust {
  /** The image's own bundle; absent when it has none. The digest is of its content. */
  readonly imageBundle?: { readonly digest: Digest; readonly read: () => Promise<string> };
  readonly hasJava: boolean;
  readonly env: readonly string[];
  /** Where the files are made; steps that trust the same share them. */
  readonly folder: string;
}

/**
 * Prepares the host's extra certificates for a step: a bundle that extends what the image trusts (or, when it
 * has no bundle, what the host trusts), and a Java trust store where the image has one.
 */
export async function stepCa(host: HostCertificates, step: StepTrust): Promise<StepCa> {
  if (host.extra.length === 0) return { mounts: [], env: [] };
  const source = await sharedFiles(host, step);
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

async function sharedFiles(host: HostCertificates, step: StepTrust): Promise<string> {
  const trusted = step.imageBundle?.digest ?? sha256(host.bundle.join("\n"));
  const facts = [trusted, String(step.hasJava), ...host.extra];
  const target = join(step.folder, `ca-${hexOf(sha256(facts.join("\n")))}`);
  if (existsSync(target)) return target;
  const draft = join(step.folder, uniqueName());
  await mkdir(draft, { mode: 0o755 });
  await writeFiles(host, { step, folder: draft });
  try {
    await rename(draft, target);
  } catch (error) {
    if (!isSystemError(error, "ENOTEMPTY", "EEXIST")) throw error;
    await rm(draft, { recursive: true });
  }
  return target;
}

async function writeFiles(
  { extra, bundle }: HostCertificates,
  { step, folder }: { readonly step: StepTrust; readonly folder: string },
): Promise<void> {
  const trusted = step.imageBundle ? splitPem(await step.imageBundle.read()) : bundle;
  const all = uniqueCertificates([...trusted, ...extra]);
  await writeFile(join(folder, "bundle.pem"), `${all.join("\n")}\n`, { mode: 0o644 });
  await writeFile(join(folder, "extra.pem"), `${extra.join("\n")}\n`, { mode: 0o644 });
  if (step.hasJava) await writeFile(join(folder, "java.jks"), javaKeyStore(all.map(derOf)), { mode: 0o644 });
}
