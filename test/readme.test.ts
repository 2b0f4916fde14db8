import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT, TARE } from "./harness.ts";

const CHECKOUT = join(import.meta.dirname, "..");
const README = readFileSync(join(CHECKOUT, "README.md"), "utf8");

test("the library example of the README runs", () => {
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(README) ?? [];
  assert.match(code, /from "tare"/);
  // Inside the checkout, where the package can import itself by its name.
  const folder = join(CHECKOUT, `.readme-${process.pid}`);
  mkdirSync(join(folder, "app"), { recursive: true });
  try {
    writeFileSync(join(folder, "app/Dockerfile"), "FROM scratch\nCOPY file /\n");
    writeFileSync(join(folder, "app/file"), "content");
    writeFileSync(
      join(folder, "example.mjs"),
      code.replace("build({", `build({ root: ${JSON.stringify(ROOT)},`),
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, ["example.mjs"], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^sha256:[0-9a-f]{64} 7\n$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("every command that the README names exists, with its flags", () => {
  for (const [, command = "", rest = ""] of README.matchAll(/bin\/tare (base \w+|[\w-]+)([^\n]*)/g)) {
    const help = spawnSync(TARE, [...command.split(" "), "--help"], { encoding: "utf8" });
    assert.equal(help.status, 0, `tare ${command}`);
    for (const [flag] of rest.split("#")[0]?.matchAll(/--[a-z-]+/g) ?? [])
      assert.ok(help.stdout.includes(flag), `tare ${command} ${flag}`);
  }
});
