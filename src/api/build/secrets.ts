import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { TareError } from "../../base/index.ts";

/** Where a secret comes from: a file, a variable of the environment, or a value that the caller has. */
export type SecretSource =
  | { readonly file: string }
  | { readonly env: string }
  | { readonly value: Uint8Array };

/** Secrets are small; a large file is a mistake. */
const LARGEST = 500 * 1024;

/** The values of secrets by id, in base64. A file or variable that is not there is `user-context`. */
export async function readSecrets(
  sources: Readonly<Record<string, SecretSource>>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Readonly<Record<string, string>>> {
  const pairs = await Promise.all(
    Object.entries(sources).map(async ([id, source]) => {
      const bytes = await bytesOf(id, source, environment);
      if (bytes.length <= LARGEST) return [id, Buffer.from(bytes).toString("base64")] as const;
      throw new TareError("user-context", `secret ${id} has more than ${LARGEST} bytes`, {
        hint: "a secret is a password, a token or a key; mount large files from the build context",
      });
    }),
  );
  return Object.fromEntries(pairs);
}

async function bytesOf(
  id: string,
  source: SecretSource,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Uint8Array> {
  if ("value" in source) return source.value;
  if ("env" in source) {
    const value = environment[source.env];
    if (value !== undefined) return Buffer.from(value);
    throw new TareError("user-context", `secret ${id}: the variable ${source.env} is not set`, {
      hint: `export ${source.env}, or take the secret from a file: --secret id=${id},src=FILE`,
    });
  }
  try {
    return await readFile(resolve(source.file));
  } catch (cause) {
    throw new TareError("user-context", `secret ${id}: can not read ${source.file}`, {
      hint: `check the path of --secret id=${id},src=…`,
      cause,
    });
  }
}
