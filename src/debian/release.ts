import type { Key } from "openpgp";
import { type Digest, isDigest, sha256, TareError } from "../base/index.ts";
import { parseStanza, type Stanza } from "../text/index.ts";
import { DEBIAN_ARCHIVE_KEYS } from "./archive-keys.ts";
import { type Keyring, readKeyring } from "./keyring.ts";

/** A repository's Release file, its signature checked. */
export interface Release {
  readonly fields: Stanza;
  /** SHA256 of the repository's index files by their path. */
  readonly files: ReadonlyMap<string, { readonly digest: Digest; readonly size: number }>;
  readonly byHash: boolean;
  /** Of the file with its signatures, as it was served. */
  readonly sha256: Digest;
  /** Fingerprints of the trusted keys that signed it: those of the primary keys, in upper-case hex digits; sorted. */
  readonly signedBy: readonly string[];
}

export interface VerifyOptions {
  /** For messages. */
  readonly url: string;
  /** Keyrings, one of whose keys has to have signed; default: Debian's. */
  readonly keys?: readonly Keyring[];
  /** The suite that was asked for: a file signed for another one, served in its place, is refused. */
  readonly suite?: string;
  /**
   * Now, in ms since 1970, when the file was just fetched: one that has expired, or that is from a day that has
   * not come yet, is refused. Absent for a remembered one.
   */
  readonly now?: number;
}

/**
 * Verifies and reads an InRelease file (Debian wiki, RepositoryFormat). Like apt it wants one good signature by
 * a trusted key. `integrity-signature` otherwise, when it is another suite's, or when its dates do not fit.
 */
export async function readRelease(text: string, options: VerifyOptions): Promise<Release> {
  const { url, suite, now } = options;
  const { data, signedBy } = await verifiedText(text, options);
  const fields = parseStanza(data);
  const names = [fields.get("Codename"), fields.get("Suite")].filter((name) => name !== undefined);
  if (suite !== undefined && !names.includes(suite))
    throw new TareError(
      "integrity-signature",
      `${url} is signed for the suite ${names.join(", ") || "of no name"}`,
      { hint: HINT },
    );
  if (now !== undefined) checkDates(fields, url, now);
  const byHash = fields.get("Acquire-By-Hash") === "yes";
  return { fields, files: filesOf(fields), byHash, sha256: sha256(text), signedBy };
}

/** Clocks of machines and mirrors are not alike. */
const CLOCK_SLACK = 24 * 60 * 60 * 1000;

/**
 * `integrity-signature` for a file that has expired, or is from a day that has not come yet. Most suites have no
 * Valid-Until. A date that can not be read counts as wrong.
 */
export function checkDates(fields: Stanza, url: string, now: number): void {
  const [date, until] = [fields.get("Date"), fields.get("Valid-Until")];
  if (until !== undefined && !(Date.parse(until) >= now))
    throw new TareError("integrity-signature", `${url} has expired at ${until}`, { hint: CLOCK_HINT });
  if (date !== undefined && !(Date.parse(date) <= now + CLOCK_SLACK))
    throw new TareError("integrity-signature", `${url} is dated in the future: ${date}`, {
      hint: CLOCK_HINT,
    });
}

const CLOCK_HINT =
  "the mirror is out of date, or this machine's clock is wrong; try another with --debian-mirror";

interface Verified {
  readonly data: string;
  readonly signedBy: readonly string[];
}

async function verifiedText(text: string, { url, keys }: VerifyOptions): Promise<Verified> {
  const keyrings = keys ?? DEBIAN_ARCHIVE_KEYS.map((key) => key.armored);
  const verificationKeys = (await Promise.all(keyrings.map((keyring) => readKeyring(keyring, url)))).flat();
  const { data, signedBy } = await verifySignatures(text, verificationKeys).catch((error: unknown) => {
    throw new TareError("integrity-signature", `${url} is not a signed Release file`, {
      hint: HINT,
      cause: error,
    });
  });
  if (signedBy.length > 0) return { data, signedBy };
  const whose = keys ? "the keys of its source" : "Debian's archive keys that Tare trusts";
  throw new TareError("integrity-signature", `${url} is not signed by any of ${whose}`, { hint: HINT });
}

async function verifySignatures(text: string, verificationKeys: readonly Key[]): Promise<Verified> {
  const { readCleartextMessage, verify } = await import("openpgp");
  const message = await readCleartextMessage({ cleartextMessage: text });
  const { data, signatures } = await verify({ message, verificationKeys: [...verificationKeys] });
  const signers = await Promise.all(
    signatures.map(async ({ keyID, verified }) => {
      const isGood = await verified.catch(() => false);
      return isGood ? verificationKeys.filter((key) => key.getKeys(keyID).length > 0) : [];
    }),
  );
  const fingerprints = signers.flat().map((key) => key.getFingerprint().toUpperCase());
  return { data, signedBy: [...new Set(fingerprints)].sort() };
}

const HINT = "something on the way may have changed it; try another mirror with --debian-mirror";

function filesOf(fields: Stanza): Release["files"] {
  const files = new Map<string, { readonly digest: Digest; readonly size: number }>();
  for (const line of (fields.get("SHA256") ?? "").split("\n")) {
    const [hash, size, path] = line.trim().split(/\s+/);
    const digest = `sha256:${hash}`;
    if (path !== undefined && isDigest(digest)) files.set(path, { digest, size: Number(size) });
  }
  return files;
}
