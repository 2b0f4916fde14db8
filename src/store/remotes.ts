import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { diskError, readIfExists } from "../base/index.ts";
import { type Descriptor, isDescriptor } from "../oci/index.ts";
import { parseJson } from "./records.ts";

/** A compressed form of a layer that a registry has, or had. */
export interface RemoteLayer {
  readonly descriptor: Descriptor;
  /** With its registry: `docker.io/library/debian`. */
  readonly repository: string;
}

/** Later ones are newer; who has pushed to a hundred places need not ask about all of them. */
const MOST = 32;

/** Where a layer is known to be, the newest first. Lines of JSON beside its index, only ever appended; a torn one is skipped. */
export async function knownRemotes(folder: string): Promise<readonly RemoteLayer[]> {
  const text = (await readIfExists(join(folder, "remotes")))?.toString("utf8") ?? "";
  const lines = text.split("\n").slice(-MOST - 1);
  return lines
    .flatMap((line) => {
      const value = parseJson(Buffer.from(line));
      return isRemoteLayer(value) ? [value] : [];
    })
    .reverse();
}

export async function rememberRemote(folder: string, remote: RemoteLayer): Promise<void> {
  const known = await knownRemotes(folder);
  const { descriptor, repository } = remote;
  if (known.some((one) => one.repository === repository && one.descriptor.digest === descriptor.digest))
    return;
  const path = join(folder, "remotes");
  try {
    await appendFile(path, `${JSON.stringify({ descriptor, repository })}\n`);
  } catch (error) {
    throw diskError(error, path);
  }
}

function isRemoteLayer(value: unknown): value is RemoteLayer {
  const { descriptor, repository } = (value ?? {}) as Partial<RemoteLayer>;
  return typeof repository === "string" && isDescriptor(descriptor);
}
