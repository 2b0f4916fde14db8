import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BASE, folder, ROOT, TARE } from "./harness.ts";

function tare(args: readonly string[], input = "", env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(TARE, args, {
    input,
    encoding: "utf8",
    env: { ...process.env, TARE_ROOT: ROOT, ...env },
  });
  return { status, stdout, stderr };
}

test("build, list, run, remove: the main job by hand", () => {
  using context = folder({ Dockerfile: `FROM ${BASE}\nCMD ["cat"]\n` });
  const built = tare(["build", "-q", "-t", "cli-main:1", context.path]);
  assert.equal(built.status, 0, built.stderr);
  assert.match(built.stdout, /^sha256:[0-9a-f]{64}\n$/);
  assert.equal(built.stderr, "");
  assert.match(tare(["images"]).stdout, /^cli-main +1 +[0-9a-f]{12} /m);
  assert.equal(tare(["run", "--rm", "-i", "cli-main:1"], "typed\n").stdout, "typed\n");
  assert.equal(tare(["tag", "cli-main:1", "cli-other:2"]).status, 0);
  assert.equal(tare(["rmi", "cli-main:1", "cli-other:2"]).status, 0);
  assert.doesNotMatch(tare(["images"]).stdout, /cli-main/);
});

test("an image whose output can not be written is not in the store, and no part of the output is left", () => {
  using context = folder({
    Dockerfile: `FROM ${BASE}\nRUN head -c 3000000 /dev/urandom > /some\n`,
    "out/old": "old\n",
  });
  const output = (name: string) => ["-o", `type=docker,dest=${join(context.path, "out", name)}`];
  const build = (...args: readonly string[]) =>
    tare(["build", "-q", "-t", "cli-unwritten", ...args, context.path]);
  assert.equal(build(...output("old/below")).status, 1);
  assert.doesNotMatch(tare(["images"]).stdout, /cli-unwritten/);
  assert.deepEqual(readdirSync(join(context.path, "out")), ["old"]);
  const built = build(...output("whole.tar"));
  assert.equal(built.status, 0, built.stderr);
  assert.match(tare(["images"]).stdout, /cli-unwritten/);
  const piped = spawnSync(
    TARE,
    ["build", "-q", "-t", "cli-unwritten", "-o", "type=docker,dest=-", context.path],
    {
      env: { ...process.env, TARE_ROOT: ROOT },
      maxBuffer: 1 << 28,
    },
  );
  assert.equal(Buffer.compare(piped.stdout, readFileSync(join(context.path, "out/whole.tar"))), 0);
  assert.equal(tare(["rmi", "cli-unwritten"]).status, 0);
});

test("run gives the process's exit code, and 125, 126 and 127 as Docker does", () => {
  using context = folder({ Dockerfile: `FROM ${BASE}\nRUN touch /plain\n` });
  assert.equal(tare(["build", "-q", "-t", "cli-codes", context.path]).status, 0);
  assert.equal(tare(["run", "cli-codes", "sh", "-c", "exit 42"]).status, 42);
  assert.equal(tare(["run", "no-such-image"]).status, 125);
  assert.equal(tare(["run", "cli-codes", "/plain"]).status, 126);
  assert.equal(tare(["run", "cli-codes", "no-such-program"]).status, 127);
});

test("run passes environment, folders, directory, user and entrypoint", () => {
  using context = folder({
    Dockerfile: `FROM ${BASE}\nENTRYPOINT ["echo", "entry"]\n`,
    "data/file": "from the host\n",
  });
  assert.equal(tare(["build", "-q", "-t", "cli-run", context.path]).status, 0);
  assert.equal(tare(["run", "cli-run", "x"]).stdout, "entry x\n");
  const data = join(context.path, "data");
  const args = [
    "run",
    "--rm",
    "-e",
    "K=v",
    "-v",
    `${data}:/data:ro`,
    "-w",
    "/data",
    "-u",
    "7:8",
    "--entrypoint",
    "sh",
    "cli-run",
  ];
  const { stdout } = tare([
    ...args,
    "-c",
    "echo $K; cat file; id -u; id -g; touch file 2>/dev/null || echo read-only",
  ]);
  assert.equal(stdout, "v\nfrom the host\n7\n8\nread-only\n");
  assert.equal(
    tare([
      "run",
      "--network",
      "none",
      "--entrypoint",
      "sh",
      "cli-run",
      "-c",
      "tail -n +3 /proc/net/dev | wc -l",
    ]).stdout.trim(),
    "1",
  );
});

test("errors show the lines, a caret and a hint, and the code is 1", () => {
  using context = folder({ Dockerfile: "FROM scratch\nCOPPY a /\n" });
  const unknown = tare(["build", "--progress=plain", context.path]);
  assert.equal(unknown.status, 1);
  assert.match(unknown.stderr, /^Dockerfile:2$/m);
  assert.match(unknown.stderr, />>> COPPY a \//);
  assert.match(unknown.stderr, /\^/);
  assert.match(unknown.stderr, /did you mean COPY\?/);
  writeFileSync(join(context.path, "Dockerfile"), "FROM scratch\nCOPY missing /\n");
  assert.match(tare(["build", context.path]).stderr, /"\/missing": not found in the build context/);
  writeFileSync(join(context.path, "Dockerfile"), "FROM localhost:1/nobody/has-this\nRUN x\n");
  assert.match(
    tare(["build", context.path]).stderr,
    /not found in the local store[\s\S]*recipe:\/\/debian:13/,
  );
  writeFileSync(join(context.path, "Dockerfile"), "FROM UPPER\n");
  assert.match(tare(["build", context.path]).stderr, /invalid image reference/);
});

test("a Dockerfile comes on standard input, a context as an archive", () => {
  assert.match(tare(["build", "-q", "-"], "FROM scratch\nLABEL a=b\n").stdout, /^sha256:/);
  using context = folder({
    Dockerfile: "FROM scratch\nCOPY kept ignored* /\n",
    kept: "k",
    ignored: "i",
    ".dockerignore": "ignored\n",
  });
  const archive = spawnSync("tar", ["-C", context.path, "-czf", "-", "."], { encoding: "buffer" }).stdout;
  const { status, stdout, stderr } = spawnSync(TARE, ["build", "-q", "-"], {
    input: archive,
    encoding: "utf8",
    env: { ...process.env, TARE_ROOT: ROOT },
  });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^sha256:/);
});
