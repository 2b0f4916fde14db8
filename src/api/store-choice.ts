import { userInfo } from "node:os";
import { storeRoot } from "../store/index.ts";

/** Which store a call works on. */
export interface StoreChoice {
  /** Its folder; default by `environment` (TARE_ROOT, XDG_DATA_HOME) and the user. */
  readonly root?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export function storeFolder({ root, environment }: StoreChoice): string {
  return root ?? storeRoot(environment ?? {}, userInfo().uid);
}
