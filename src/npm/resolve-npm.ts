import { TareError, throwIfCancelled } from "../base/index.ts";
import { type HttpClient, withRetries } from "../net/index.ts";

/** A package of the registry, exactly. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** Subresource integrity of the archive: `sha512-` and base64. */
  readonly integrity: string;
}

/**
 * The newest version of a package that a range allows (`22`, `^22.4`, `22.11.0`). `resolve-package` when there is none,
 * or when the registry gives no SHA-512 of it.
 */
export async function resolveNpm(
  { name, range, registry }: { readonly name: string; readonly range: string; readonly registry: string },
  client: HttpClient,
  signal: AbortSignal,
): Promise<NpmPackage> {
  const { versions } = await readPackument({ name, registry }, client, signal);
  throwIfCancelled(signal);
  const { maxSatisfying } = await import("semver");
  const version = maxSatisfying(Object.keys(versions), range);
  if (version === null)
    throw new TareError("resolve-package", `the registry has no version of ${name} that ${range} means`, {
      hint: newestHint(name, Object.keys(versions)),
    });
  const { integrity } = versions[version]?.dist ?? {};
  if (integrity !== undefined && /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity))
    return { name, version, integrity };
  throw new TareError("resolve-package", `the registry gives no SHA-512 of ${name} ${version}`, {
    hint: "take a newer version",
  });
}

/** What the registry says of a package (its "packument", in the short form for installing). */
interface Packument {
  readonly versions: Readonly<Record<string, { readonly dist?: { readonly integrity?: string } }>>;
}

/** The largest have some ten megabytes. */
const MAX_PACKUMENT = 64 << 20;

async function readPackument(
  { name, registry }: { readonly name: string; readonly registry: string },
  client: HttpClient,
  signal: AbortSignal,
): Promise<Packument> {
  const url = `${registry}/${name.replace("/", "%2f")}`;
  const bytes = await withRetries(async () => {
    const { body } = await client.get(url, { accept: "application/vnd.npm.install-v1+json" }, signal);
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of body) {
      length += chunk.length;
      if (length > MAX_PACKUMENT) throw malformed(url);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }, signal);
  try {
    const value = JSON.parse(bytes.toString("utf8")) as Partial<Packument>;
    if (typeof value.versions === "object" && value.versions !== null) return value as Packument;
  } catch (error) {
    throw malformed(url, error);
  }
  throw malformed(url);
}

function newestHint(name: string, versions: readonly string[]): string {
  const newest = versions.at(-1);
  return newest === undefined ? `check the name ${name}` : `the newest one published is ${newest}`;
}

function malformed(url: string, cause?: unknown): TareError {
  return new TareError("registry-refused", `${url} does not answer as an npm registry does`, {
    hint: "check the registry: npm config get registry",
    cause,
  });
}
