import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openPrivateNetwork } from "./private-network.ts";

/** A network namespace is root's, or the engine's; the suite runs as both users. */
const rootTest = process.getuid?.() === 0 ? test : () => undefined;

rootTest("a network that does not get ready is given up when that is wanted", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tare-network-"));
  const path = env.PATH;
  const called = join(folder, "called");
  writeFileSync(join(folder, "slirp4netns"), `#!/bin/sh\ntouch ${called}\nexec sleep 1000\n`, {
    mode: 0o755,
  });
  try {
    env.PATH = `${folder}:${path}`;
    const abort = new AbortController();
    const opened = openPrivateNetwork({ folder, path: folder }, abort.signal);
    while (!existsSync(called)) await sleep(5);
    abort.abort();
    await assert.rejects(opened, { code: "user-cancelled" });
  } finally {
    env.PATH = path;
    rmSync(folder, { recursive: true });
  }
});
