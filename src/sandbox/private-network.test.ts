import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openPrivateNetwork } from "./private-network.ts";

const mayUnshare = spawnSync("unshare", ["--net", "true"]).status === 0;
const skip = mayUnshare ? {} : { skip: "network namespaces need more rights than there are" };

test("a network that does not get ready is given up when that is wanted", skip, async () => {
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
