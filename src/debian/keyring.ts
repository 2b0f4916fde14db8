import type { Key } from "openpgp";
import { TareError } from "../base/index.ts";

/** Public keys: armored text of one or several blocks, or the bytes of either form (`gpg --export`). */
export type Keyring = string | Uint8Array;

/** Reads the keys of a keyring. `user-bad-recipe`, which names it by `name`, when there are none in it. */
export async function readKeyring(keyring: Keyring, name: string): Promise<readonly Key[]> {
  const { readKeys } = await import("openpgp");
  const text = armoredText(keyring);
  try {
    if (text === undefined) return await readKeys({ binaryKeys: keyring as Uint8Array });
    const blocks = text.match(BLOCK) ?? [];
    const keys = await Promise.all(blocks.map((armoredKeys) => readKeys({ armoredKeys })));
    if (blocks.length > 0) return keys.flat();
  } catch (error) {
    throw noKeys(name, error);
  }
  throw noKeys(name);
}

const BLOCK = /-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g;

/** Undefined for a binary keyring: its first byte is a packet's tag, which is never ASCII (RFC 9580, 4.2). */
function armoredText(keyring: Keyring): string | undefined {
  if (typeof keyring === "string") return keyring;
  return (keyring[0] ?? 0) >= 0x80 ? undefined : Buffer.from(keyring).toString("latin1");
}

function noKeys(name: string, cause?: unknown): TareError {
  return new TareError("user-bad-recipe", `the keyring of ${name} holds no public key that can be read`, {
    hint: "give the output of `gpg --export`, armored or not; a keybox of gpg itself (.kbx) is none",
    cause,
  });
}
