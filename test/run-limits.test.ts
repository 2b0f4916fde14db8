import assert from "node:assert/strict";
import { test } from "node:test";
import { isRoot, rootTest } from "./harness.ts";
import { boxImage, container, skip, tare } from "./running.ts";

for (const isolation of ["oci", "chroot"])
  rootTest(`what takes more memory than it may is killed, and that is told: ${isolation}`, skip, () => {
    boxImage();
    const flags = [
      "--isolation",
      isolation,
      "-m",
      "24m",
      "--memory-swap",
      "24m",
      "--name",
      `oom-${isolation}`,
    ];
    try {
      assert.equal(tare(["run", ...flags, "run-box", "tail", "/dev/zero"]).status, 137);
      const format = "{{.State.OOMKilled}} {{.State.ExitCode}} {{.HostConfig.Memory}}";
      assert.equal(tare(["inspect", "-f", format, `oom-${isolation}`]).stdout, `true 137 ${24 << 20}\n`);
    } finally {
      tare(["rm", `oom-${isolation}`]);
    }
  });

rootTest("limits hold for the container and for what joins it, which both can see", skip, () => {
  const flags = ["--cpus", "0.5", "--pids-limit", "8", "--cpu-shares", "512", "--cpuset-cpus", "0"];
  using made = container("run-limits", flags, ["sleep", "1000"]);
  const quota = "cat /sys/fs/cgroup/cpu*/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max 2>/dev/null";
  assert.match(tare(["exec", made.id, "sh", "-c", quota]).stdout, /^50000( 100000)?\n$/);
  const allowed = ["exec", made.id, "grep", "Cpus_allowed_list", "/proc/self/status"];
  assert.equal(tare(allowed).stdout, "Cpus_allowed_list:\t0\n");
  const shares = "cat /sys/fs/cgroup/cpu*/cpu.shares /sys/fs/cgroup/cpu.weight 2>/dev/null";
  assert.match(tare(["exec", made.id, "sh", "-c", shares]).stdout, /^(512|20)\n$/);
  const many = tare(["exec", made.id, "sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 1 & done"]);
  assert.match(many.stderr, /can't fork/);
});

if (!isRoot)
  test("a user without a cgroup is told how to get one", skip, () => {
    boxImage();
    const { status, stderr } = tare(["run", "--rm", "-m", "24m", "run-box", "true"]);
    if (status === 0) return;
    assert.equal(status, 125);
    assert.match(stderr, /a limit needs a cgroup with memory.*\nhint: .*run it as root/);
  });
