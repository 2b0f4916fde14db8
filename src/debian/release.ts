import { type Digest, isDigest, TareError } from "../base/index.ts";
import { DEBIAN_ARCHIVE_KEYS } from "./archive-keys.ts";
import { parseStanza, type Stanza } from "./control.ts";

/** A repository's Release file, its signature checked. */
export interface Release {
  readonly fields: Stanza;
  /** SHA256 of the repository's index files by their path. */
  readonly files: ReadonlyMap<string, { readonly digest: Digest; readonly size: number }>;
  readonly byHash: boolean;
}

export interface VerifyOptions {
  /** For messages. */
  readonly url: string;
  /** Armored public keys, one of which has to have signed; default: Debian's. */
  readonly keys?: readonly string[];
  /** The suite that was asked for: a file signed for another one, served in its place, is refused. */
  readonly codename?: string;
  /** Now, in ms since 1970, when the file was just fetched: an expired one is refused. Absent for a remembered one. */
  readonly now?: number;
}

/**
 * Verifies and reads an InRelease file (Debian wiki, RepositoryFormat). Like apt it wants one good signature by
 * a trusted key. `integrity-signature` otherwise, when it is another suite's, or when it has expired.
 */
export async function readRelease(
  text: string,
  { url, keys, codename, now }: VerifyOptions,
): Promise<Release> {
  const armored = keys ?? DEBIAN_ARCHIVE_KEYS.map((key) => key.armored);
  const fields = parseStanza(await verifiedText(text, armored, url));
  if (codename !== undefined && fields.get("Codename") !== codename)
    throw new TareError("integrity-signature", `${url} is signed for the suite ${fields.get("Codename")}`, {
      hint: HINT,
    });
  const until = fields.get("Valid-Until");
  // A date that can not be read counts as past; most suites have none.
  if (now !== undefined && until !== undefined && !(Date.parse(until) >= now))
    throw new TareError("integrity-signature", `${url} has expired at ${until}`, {
      hint: "the mirror is out of date, or this machine's clock is wrong; try another with --debian-mirror",
    });
  return { fields, files: filesOf(fields), byHash: fields.get("Acquire-By-Hash") === "yes" };
}

async function verifiedText(text: string, armored: readonly string[], url: string): Promise<string> {
  const { readCleartextMessage, readKey, verify } = await import("openpgp");
  try {
    const message = await readCleartextMessage({ cleartextMessage: text });
    const verificationKeys = await Promise.all(armored.map((armoredKey) => readKey({ armoredKey })));
    const { data, signatures } = await verify({ message, verificationKeys });
    const results = await Promise.allSettled(signatures.map((signature) => signature.verified));
    if (results.some((result) => result.status === "fulfilled")) return data;
  } catch (error) {
    throw new TareError("integrity-signature", `${url} is not a signed Release file`, {
      hint: HINT,
      cause: error,
    });
  }
  throw new TareError(
    "integrity-signature",
    `${url} is not signed by any of Debian's archive keys that Tare trusts`,
    { hint: HINT },
  );
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
