import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, symlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { lazy } from "../src/base/index.ts";
import { folder, has, ROOT, TARE } from "./harness.ts";

/** For tests that need the image of `boxImage`. */
export const skip = has("busybox") ? {} : { skip: "busybox is missing" };

/** Does `tare ARGS` in the shared store. */
export function tare(args: readonly string[], input = "") {
  const options = { input, encoding: "utf8", env: { ...process.env, TARE_ROOT: ROOT } } as const;
  const { status, stdout, stderr } = spawnSync(TARE, args, { ...options, timeout: 60_000 });
  return { status, stdout, stderr };
}

const PROGRAMS =
  "sh sleep cat cp true touch nc test id env stty dd tail head kill ls grep mount ps tr wc wget".split(" ");

/** Makes `run-box`, an image of one static program with many names, at the first call. */
export const boxImage = lazy(() => {
  const busybox = execFileSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).trim();
  using context = folder({
    Dockerfile: "FROM scratch\nCOPY bin /bin\nHEALTHCHECK CMD test -e /tmp/well\n",
    "bin/busybox": (path) => copyFileSync(busybox, path),
    ...Object.fromEntries(
      PROGRAMS.map((program) => [`bin/${program}`, (path: string) => symlinkSync("busybox", path)]),
    ),
  });
  assert.equal(tare(["build", "-q", "-t", "run-box", context.path]).status, 0);
});

/** A detached container of `run-box` that is removed whatever happens. */
export function container(name: string, flags: readonly string[], words: readonly string[]) {
  boxImage();
  const started = tare(["run", "-d", "--name", name, ...flags, "run-box", ...words]);
  assert.match(started.stdout, /^[0-9a-f]{64}\n$/, started.stderr);
  return { id: started.stdout.trim(), [Symbol.dispose]: () => void tare(["rm", "-f", name]) };
}

/** Waits until something holds; a test that waits for ever fails. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert.ok(tries < 400, "it never came to that");
    await sleep(25);
  }
}
