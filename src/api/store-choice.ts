import { resolve } from "node:path";
import { getuid } from "node:process";
import { storeRoot } from "../store/index.ts";

/** Which store a call works on. */
export interface StoreChoice {
  /** Its folder; default by `environment` (TARE_ROOT, XDG_DATA_HOME) and the user. */
  readonly root?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The folder as a whole path. */
export function storeFolder({ root, environment }: StoreChoice): string {
  return resolve(root ?? storeRoot(environment ?? {}, getuid?.() ?? 0));
}
