import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { mountOverlay, shortNames } from "./overlay.ts";

const rootTest = process.getuid?.() === 0 ? test : () => undefined;

rootTest("a layer may be in a stack more than once", () => {
  const folder = mkdtempSync(join(tmpdir(), "tare-overlay-"));
  const before = process.cwd();
  try {
    const [upper, work, target, one, two] = ["upper", "work", "target", "one", "two"].map((name) => {
      mkdirSync(join(folder, name));
      return join(folder, name);
    }) as [string, string, string, string, string];
    writeFileSync(join(one, "file"), "one");
    writeFileSync(join(two, "file"), "two");
    writeFileSync(join(two, "other"), "two");
    process.chdir(folder);
    const request = { upper, work, target, userNamespace: false, names: shortNames(folder) };
    using _mounted = mountOverlay({ ...request, lowers: [one, two, one, one] });
    assert.deepEqual(readdirSync(target), ["file", "other"]);
    assert.equal(readFileSync(join(target, "file"), "utf8"), "one");
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  }
});
