import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { placeMounts } from "./mount-targets.ts";

test("targets lie where links of the root lead, except below other mounts", (context) => {
  const root = mkdtempSync(join(tmpdir(), "tare-targets-"));
  context.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "etc"));
  mkdirSync(join(root, "var"));
  symlinkSync("../run/systemd/resolve/stub-resolv.conf", join(root, "etc/resolv.conf"));
  symlinkSync("../../../../tmp/out", join(root, "var/away"));
  symlinkSync("/run", join(root, "var/run"));
  symlinkSync("loop", join(root, "loop"));
  const targets = [
    "/etc/resolv.conf",
    "/var/away/x",
    "/var/run/lock",
    "/loop/x",
    "/new/place",
    "/etc2",
    "/etc2/x",
  ].map((target) => ({ target, readonly: true }));
  assert.deepEqual(
    placeMounts(root, targets).map(({ target }) => target),
    [
      "/etc2",
      "/run/lock",
      "/loop/x",
      "/new/place",
      "/etc2/x",
      "/tmp/out/x",
      "/run/systemd/resolve/stub-resolv.conf",
    ],
  );
});
