import { type Digest, hexOf } from "../base/index.ts";
import { listOf, objectOf } from "./facts.ts";

/**
 * The predicate of an in-toto statement of one of these types about the manifest `subject` (in-toto attestation v1,
 * "Statement"); undefined for anything else.
 */
export function statementAbout(
  bytes: Uint8Array,
  { subject, types }: { readonly subject: Digest; readonly types: readonly string[] },
): Readonly<Record<string, unknown>> | undefined {
  const statement = objectOf(parse(bytes));
  const isMeant = listOf(statement?.subject).some(
    (one) => objectOf(objectOf(one)?.digest)?.sha256 === hexOf(subject),
  );
  const type = statement?.predicateType;
  return isMeant && typeof type === "string" && types.includes(type)
    ? objectOf(statement?.predicate)
    : undefined;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
