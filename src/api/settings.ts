import { join, resolve } from "node:path";
import { isSystemError, readSmallIfExists, TareError } from "../base/index.ts";
import { parseRecipeReference } from "../recipe/index.ts";
import type { Settings } from "../settings/index.ts";
import type { OpenedContext } from "./context.ts";

/** Which settings are wanted. */
export interface SettingsChoice {
  /** Path of the file; default: TARE_CONFIG of the environment, else `tare.yaml` in the folder of the build context. */
  readonly config?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * The settings of a build; undefined where nobody has written any, which costs a look for one file. Contexts that are no
 * folder have none of their own. `user-bad-settings`, with the place, also when a file that was named is not there.
 */
export async function openSettings(
  { config, environment = {} }: SettingsChoice,
  folders: OpenedContext["folders"],
): Promise<Settings | undefined> {
  const given = config || environment.TARE_CONFIG;
  const source = folders.find(({ name }) => name === "context")?.source;
  const folder = source && "directory" in source ? source.directory : undefined;
  if (!given && folder === undefined) return undefined;
  const title = given || "tare.yaml";
  const path = given ? resolve(given) : join(folder ?? "", title);
  const bytes = readBytes(path, title);
  if (bytes) {
    const { parseSettings } = await import("../settings/index.ts");
    return parseSettings(bytes, { path, title, checkRecipe: parseRecipeReference });
  }
  if (!given) return undefined;
  throw new TareError("user-bad-settings", `the settings ${title} do not exist`, {
    hint: "name a file with --config, or in TARE_CONFIG; without one, tare.yaml in the context's folder is read",
  });
}

function readBytes(path: string, title: string): Uint8Array | undefined {
  try {
    return readSmallIfExists(path);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new TareError("user-bad-settings", `the settings ${title} can not be read (${cause.code})`, {
      hint: "they are a file that you may read",
      cause,
    });
  }
}
