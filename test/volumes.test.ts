import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, symlinkSync } from "node:fs";
import { kill } from "node:process";
import { test } from "node:test";
import { lazy } from "../src/base/index.ts";
import { openStore } from "../src/store/index.ts";
import { folder, ROOT } from "./harness.ts";
import { skip, tare, until } from "./running.ts";

/** Makes `run-data`, an image with a program, files of another user at /data, and a volume at /made. */
const dataImage = lazy(() => {
  const busybox = execFileSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).trim();
  using context = folder({
    Dockerfile: "FROM scratch\nCOPY bin /bin\nCOPY --chown=7:8 --chmod=750 data /data\nVOLUME /made\n",
    "bin/busybox": (path) => copyFileSync(busybox, path),
    "bin/sh": (path) => symlinkSync("busybox", path),
    "data/seed": "seed\n",
  });
  assert.equal(tare(["build", "-q", "-t", "run-data", context.path]).status, 0);
});

function inData(flags: readonly string[], script: string) {
  return tare(["run", ...flags, "run-data", "/bin/sh", "-c", script]);
}

test("a volume by name begins with what the image has there, and outlives its containers", skip, async () => {
  dataImage();
  const volume = ["--rm", "-v", "run-kept:/data"];
  try {
    const first = inData(volume, "busybox stat -c '%u:%g %a' /data /data/seed; echo more >>/data/seed");
    assert.equal(first.stdout, "7:8 750\n7:8 750\n", first.stderr);
    const started = inData(
      ["-d", "--name", "run-kept", ...volume.slice(1)],
      "echo late >/data/late; sleep 1000",
    );
    assert.equal(started.status, 0, started.stderr);
    const store = await openStore(ROOT);
    const { record } = store.containers.find("run-kept");
    await until(() => tare(["exec", "run-kept", "busybox", "test", "-s", "/data/late"]).status === 0);
    kill(record.launcher as number, "SIGKILL");
    assert.match(
      tare(["volume", "rm", "run-kept"]).stderr,
      /the volume run-kept is in use by [0-9a-f]{12}\n/,
    );
    assert.equal(tare(["rm", "-fv", "run-kept"]).status, 0);
    assert.equal(
      inData([...volume, "--read-only"], "cat /data/*; echo x >/data/x").stdout,
      "late\nseed\nmore\n",
    );
    assert.match(inData(["--rm", "-v", "run-kept:/data:ro"], "echo x >/data/y").stderr, /[Rr]ead-only/);
    assert.equal(inData(["--rm", "-v", "run-kept:/new"], "cat /new/x").stdout, "x\n");
  } finally {
    tare(["rm", "-f", "run-kept"]);
    assert.equal(tare(["volume", "rm", "run-kept"]).stdout, "run-kept\n");
  }
});

test("volumes that the image asks for go with their container, where that is asked for", skip, async () => {
  dataImage();
  const { volumes } = await openStore(ROOT);
  const made = () => volumes.list().filter(({ anonymous }) => anonymous).length;
  const before = made();
  assert.equal(inData(["--rm", "--read-only"], "echo x >/made/x && cat /made/x").stdout, "x\n");
  assert.equal(made(), before);
  assert.equal(inData(["--name", "run-made"], "echo kept >/made/x").status, 0);
  assert.equal(made(), before + 1);
  const [mount] = JSON.parse(tare(["inspect", "-f", "{{json .Mounts}}", "run-made"]).stdout);
  assert.deepEqual([mount.Type, mount.Destination], ["volume", "/made"]);
  assert.equal(inData(["--rm", "--volumes-from", "run-made"], "cat /made/x").stdout, "kept\n");
  assert.equal(tare(["rm", "-v", "run-made"]).status, 0);
  assert.equal(made(), before);
});
