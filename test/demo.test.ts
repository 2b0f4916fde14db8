import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT, run } from "./harness.ts";

const DEMO = join(import.meta.dirname, "../scripts/demo");

test("the demo builds the calculator in one stage and in two, and the small one calculates", async () => {
  const { stdout } = await run("bash", [DEMO], { env: { ...process.env, TARE_ROOT: ROOT, NO_COLOR: "1" } });
  assert.match(stdout, /^calculator +small .* [\d.]+MB$/m);
  assert.match(stdout, /^calculator +single .* [\d.]+MB$/m);
  const ratio = Number(/the small image is (\d+) times smaller/.exec(stdout)?.[1]);
  assert.ok(ratio > 100, stdout);
  assert.match(stdout, /^shells +[1-9]\d* +0 +none left$/m);
  assert.match(stdout, /^12\n$/m);
});
