import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { TareError } from "../../base/index.ts";
import { openBuildContext } from "./context.ts";

test("what of a context can not be read is named", async () => {
  const path = mkdtempSync(join(tmpdir(), "context-"));
  try {
    const { signal } = new AbortController();
    const source = { scratch: async () => path, environment: {}, secrets: {}, buildArgs: {}, signal };
    const loops = ["loop", "one/Dockerfile", "two/.dockerignore"];
    for (const folder of ["one", "two"]) mkdirSync(join(path, folder));
    for (const loop of loops) symlinkSync(join(path, loop), join(path, loop));
    writeFileSync(join(path, "two/Dockerfile"), "FROM scratch\n");
    for (const [at, context] of ["loop", "one", "two"].entries())
      await assert.rejects(
        openBuildContext({ context: join(path, context) }, source),
        (error) =>
          error instanceof TareError &&
          error.code === "user-context" &&
          error.message === `can not read ${join(path, loops[at] as string)}: ELOOP`,
      );
  } finally {
    rmSync(path, { recursive: true });
  }
});
