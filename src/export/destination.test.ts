import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { writeDestination } from "./destination.ts";

test("a file and the folders above it get the permissions that the caller's mask leaves, not those of this process", async () => {
  const top = mkdtempSync(join(tmpdir(), "tare-destination-"));
  const modeOf = (name: string) => (statSync(join(top, name)).mode & 0o777).toString(8);
  try {
    for (const umask of [0o077, 0o007, 0o022]) {
      const dest = join(top, `${umask}`, "file");
      await writeDestination(bytes(), { dest, umask }, new AbortController().signal);
      // Again, in the place of the one that is there.
      await writeDestination(bytes(), { dest, umask }, new AbortController().signal);
    }
    assert.deepEqual(
      [0o077, 0o007, 0o022].map((umask) => modeOf(`${umask}/file`)),
      ["600", "660", "644"],
    );
    assert.equal(modeOf(`${0o077}`), "700");
  } finally {
    rmSync(top, { recursive: true });
  }
});

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("x");
}
