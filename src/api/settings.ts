import { join, resolve } from "node:path";
import { isSystemError, readSmallIfExists, sha256, TareError } from "../base/index.ts";
import { parseRecipeReference } from "../recipe/index.ts";
import type { Settings } from "../settings/index.ts";
import type { Store } from "../store/index.ts";
import type { OpenedContext } from "./build/context.ts";
import { VERSION } from "./version.ts";

/** Which settings are wanted. */
export interface SettingsChoice {
  /** Path of the file; default: TARE_CONFIG of the environment, else `tare.yaml` in the folder of the build context. */
  readonly config?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Where settings are looked for, and what remembers them. */
export interface SettingsPlace {
  readonly folders: OpenedContext["folders"];
  /** Opened when there are settings. */
  readonly store?: () => Promise<Pick<Store, "keys">>;
}

/**
 * The settings of a build; undefined where nobody has written any, which costs a look for one file. Contexts that are no
 * folder have none of their own. `user-bad-settings`, with the place, also when a file that was named is not there.
 */
export async function openSettings(
  { config, environment = {} }: SettingsChoice,
  { folders, store }: SettingsPlace,
): Promise<Settings | undefined> {
  const given = config || environment.TARE_CONFIG;
  const source = folders.find(({ name }) => name === "context")?.source;
  const folder = source && "directory" in source ? source.directory : undefined;
  if (!given && folder === undefined) return undefined;
  const title = given || "tare.yaml";
  const path = given ? resolve(given) : join(folder ?? "", title);
  const bytes = readBytes(path, title);
  if (bytes) return readSettings(bytes, { path, title }, await store?.());
  if (!given) return undefined;
  throw new TareError("user-bad-settings", `the settings ${title} do not exist`, {
    hint: "name a file with --config, or in TARE_CONFIG; without one, tare.yaml in the context's folder is read",
  });
}

/** As it was read before from the same bytes; else the libraries for that are loaded. */
async function readSettings(
  bytes: Uint8Array,
  file: { readonly path: string; readonly title: string },
  store: Pick<Store, "keys"> | undefined,
): Promise<Settings> {
  const key = sha256(JSON.stringify(["settings", VERSION, file, sha256(bytes)]));
  const known = (await store?.keys.get(key)) as { readonly settings?: Partial<Settings> } | undefined;
  if (Array.isArray(known?.settings?.bases?.map) && Array.isArray(known.settings.registries))
    return known.settings as Settings;
  const { parseSettings } = await import("../settings/index.ts");
  const settings = await parseSettings(bytes, { ...file, checkRecipe: parseRecipeReference });
  await store?.keys.put(key, { settings });
  return settings;
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
