import { join } from "node:path";
import {
  ensureDirectory,
  hexOf,
  mapConcurrent,
  readIfExists,
  sha256,
  writeFileAtomic,
} from "../base/index.ts";
import type { HttpClient } from "../net/index.ts";
import { downloadText } from "./download-file.ts";
import type { Keyring } from "./keyring.ts";
import { checkDates, type Release, readRelease, type VerifyOptions } from "./release.ts";
import { checkSources, type ReleaseFacts, type Source } from "./source.ts";

/** What fetching needs: how, where it is remembered, whom to trust. */
export interface RepositoryAccess {
  readonly client: HttpClient;
  /** Folder for packages and lists. */
  readonly cache: string;
  /** Ask the mirror even for what is remembered. */
  readonly refresh: boolean;
  /** Keyrings for sources that have none of their own; default: Debian's. */
  readonly keys?: readonly Keyring[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** One suite of a source and what its Release file says. */
export interface SuiteRelease {
  readonly source: Source;
  readonly suite: string;
  /** Address of the suite's folder. */
  readonly base: string;
  readonly release: Release;
}

/** Suites that are asked for at once. */
const AT_ONCE = 8;
/** InRelease files of the largest archives have 300 kB. */
const MAX_RELEASE = 16 << 20;

/**
 * The Release files of all suites of some sources, in their order, signatures checked. What is remembered is
 * used without asking, unless `refresh`; what is fetched has to be valid now. One that is older than what the same
 * address served before does not take its place, however well it is signed: as with apt the newer one counts on, so
 * that nobody on the way can bring back packages with known holes.
 */
export function findReleases(
  sources: readonly Source[],
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<readonly SuiteRelease[]> {
  checkSources(sources);
  const suites = sources.flatMap((source) => source.suites.map((suite) => ({ source, suite })));
  return mapConcurrent(suites, AT_ONCE, async ({ source, suite }) => {
    const base = `${source.uri.replace(/\/+$/, "")}/dists/${suite}`;
    const keys = source.keyring === undefined ? access.keys : [source.keyring];
    const options = { url: `${base}/InRelease`, suite, ...(keys && { keys }) };
    return { source, suite, base, release: await releaseOf(options, access, signal) };
  });
}

/** What a lock remembers of a Release file. */
export function releaseFacts({ source, suite, release }: SuiteRelease): ReleaseFacts {
  const { fields, sha256: digest, signedBy } = release;
  const validUntil = fields.get("Valid-Until");
  return {
    repository: source.id,
    suite,
    codename: fields.get("Codename") ?? "",
    date: fields.get("Date") ?? "",
    ...(validUntil !== undefined && { validUntil }),
    sha256: digest,
    signedBy,
  };
}

async function releaseOf(
  options: VerifyOptions,
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<Release> {
  const path = join(access.cache, "lists", `${hexOf(sha256(options.url))}.InRelease`);
  const known = await rememberedRelease(path, options);
  if (known && !access.refresh) return known;
  const text = await downloadText({ url: options.url, limit: MAX_RELEASE }, access.client, signal);
  const release = await readRelease(text, { ...options, now: access.now });
  if (known && isOlder(release, known)) return stillValid(known, options, access.now);
  await ensureDirectory(join(access.cache, "lists"));
  await writeFileAtomic(path, text, join(access.cache, "lists"));
  return release;
}

function isOlder(release: Release, known: Release): boolean {
  const date = ({ fields }: Release) => Date.parse(fields.get("Date") ?? "");
  return date(release) < date(known);
}

/** What was fetched before, as newer than what is served now; it may have expired meanwhile. */
function stillValid(known: Release, { url }: VerifyOptions, now: number): Release {
  checkDates(known.fields, url, now);
  return known;
}

/** Undefined when there is none, or one that has been damaged on the disk: it is fetched anew. */
async function rememberedRelease(path: string, options: VerifyOptions): Promise<Release | undefined> {
  const text = await readIfExists(path);
  if (!text) return undefined;
  return readRelease(text.toString("utf8"), options).catch(() => undefined);
}
