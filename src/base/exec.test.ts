import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ProcessImage } from "./exec.ts";
import { childProgram } from "./fixtures.ts";
import { lazy } from "./lazy.ts";

/** What only root can do; the suite runs as both. */
const rootTest = process.getuid?.() === 0 ? test : () => undefined;

/** Becomes what its argument says. */
const program = lazy(() =>
  childProgram(`import { execProcess } from ${JSON.stringify(join(import.meta.dirname, "exec.ts"))};
    try {
      execProcess(JSON.parse(process.argv[2]));
    } catch (error) {
      console.log(error.code, error.syscall, error.path);
      process.exit(3);
    }`),
);
after(() => program()[Symbol.dispose]());

const IMAGE: ProcessImage = {
  root: "/",
  cwd: "/tmp",
  uid: 4242,
  gid: 4343,
  groups: [4343, 4444],
  capabilities: ["CAP_CHOWN", "CAP_KILL"],
  hostname: "box",
  program: "/bin/sh",
  args: [
    "sh",
    "-c",
    'id -u; id -g; id -G; uname -n; pwd; umask; echo "$GREETING-$PATH-$0"; cat /proc/self/status',
  ],
  stderr: 2,
  env: ["GREETING=hello", "PATH=/usr/bin:/bin"],
};

function become(changes: Partial<ProcessImage>): { readonly status: number | null; readonly said: string } {
  const image = JSON.stringify({ ...IMAGE, ...changes });
  // Its own host name, so that the machine keeps its.
  const args = ["--uts", process.execPath, program().path, image];
  const { status, stdout, stderr } = spawnSync("unshare", args, { encoding: "utf8" });
  assert.equal(stderr, "");
  return { status, said: stdout };
}

rootTest("the process becomes the program, with the identity and place that it was given", () => {
  const { status, said } = become({});
  assert.equal(status, 0);
  const lines = said.split("\n");
  assert.deepEqual(lines.slice(0, 7), [
    "4242",
    "4343",
    "4343 4444",
    "box",
    "/tmp",
    "0022",
    "hello-/usr/bin:/bin-sh",
  ]);
  assert.match(said, /^CapBnd:\t0000000000000021$/m);
  assert.match(said, /^CapEff:\t0000000000000000$/m);
});

rootTest("no list of capabilities keeps all that there were", () => {
  const bounds = ["-c", "grep CapBnd /proc/self/status"];
  const { said } = become({ args: ["sh", ...bounds], capabilities: undefined as never });
  assert.equal(said, spawnSync("sh", bounds, { encoding: "utf8" }).stdout);
});

rootTest("the status is that of the program", () => {
  assert.equal(become({ args: ["sh", "-c", "exit 7"] }).status, 7);
});

rootTest("what can not be done is named: the call and its path", () => {
  assert.deepEqual(become({ program: "/no/program" }), { status: 3, said: "ENOENT execve /no/program\n" });
  assert.deepEqual(become({ cwd: "/no/folder" }), { status: 3, said: "ENOENT chdir /no/folder\n" });
  assert.deepEqual(become({ root: "/no/root" }), { status: 3, said: "ENOENT chroot /no/root\n" });
  assert.deepEqual(become({ program: "/etc/passwd" }), { status: 3, said: "EACCES execve /etc/passwd\n" });
});
