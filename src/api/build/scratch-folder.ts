import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lazyAsync } from "../../base/index.ts";

/** A folder that is made when somebody asks for it, and removed at the end. */
export function scratchFolder(): AsyncDisposable & { readonly path: () => Promise<string> } {
  let made: string | undefined;
  const path = lazyAsync(async () => {
    made = await mkdtemp(join(tmpdir(), "tare-"));
    return made;
  });
  return {
    path,
    async [Symbol.asyncDispose]() {
      if (made !== undefined) await rm(made, { recursive: true, force: true });
    },
  };
}
