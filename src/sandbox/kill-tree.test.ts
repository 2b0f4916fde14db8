import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { kill } from "node:process";
import { test } from "node:test";
import { killTree } from "./kill-tree.ts";

test("a process is killed with those that it started", async () => {
  const script = "sh -c 'echo $$; sleep 1000; :' & wait";
  const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  const inner = Number(said.toString());
  kill(inner, 0);
  killTree(child.pid);
  // Its output ends with the last process that has it.
  child.stdout.resume();
  assert.deepEqual(await once(child, "close"), [null, "SIGKILL"]);
  killTree(undefined);
});
