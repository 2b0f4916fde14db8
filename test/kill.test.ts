import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pruneStore } from "../src/api/index.ts";
import { BASE, buildImage, folder, ROOT, TARE } from "./harness.ts";

/** Every process whose command line has this text. */
function processesWith(text: string): readonly string[] {
  const found = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return found.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(text);
    } catch {
      return false;
    }
  });
}

async function until(what: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 300; tries++) {
    if (await what()) return true;
    await sleep(50);
  }
  return false;
}

for (const signal of ["SIGKILL", "SIGINT", "SIGTERM"] as const)
  test(`a build that is ended by ${signal} leaves no process and no mount, and can be done again`, async () => {
    const mark = `987${signal.length}${Date.now() % 100_000}`;
    using context = folder({ Dockerfile: `FROM ${BASE}\nRUN sleep ${mark}\n` });
    const child = spawn(TARE, ["build", "--root", ROOT, "--progress=plain", context.path], {
      stdio: "ignore",
    });
    assert.ok(await until(() => processesWith(`sleep\0${mark}`).length > 0), "the step has started");
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
    assert.ok(await until(() => processesWith(mark).length === 0), "no process is left");
    assert.ok(!(await readFile("/proc/self/mountinfo", "utf8")).includes(ROOT), "no mount is left");
    // It is certain at once that nobody uses the store any more.
    await pruneStore({ root: ROOT, dryRun: true });
    using again = folder({ Dockerfile: `FROM ${BASE}\nRUN echo ${mark}\n` });
    await buildImage({ context: again.path });
  });
