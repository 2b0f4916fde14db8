import { join } from "node:path";
import { folder, run } from "./harness.ts";

/** Runs skopeo without the files of this machine's users, which may be unreadable. */
export async function skopeo(args: readonly string[]) {
  using place = folder({ "auth.json": "{}" });
  return await run("skopeo", args, {
    env: { ...process.env, REGISTRY_AUTH_FILE: join(place.path, "auth.json") },
  });
}
