import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { cgroupScope } from "./cgroup-scope.ts";
import { hierarchies } from "./cgroup-view.ts";
import { mayMake, planCgroups, plannedFolders } from "./cgroups.ts";
import { limitFiles } from "./limits.ts";

const V1 = [
  "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw",
  "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct",
  "35 31 0:32 /docker/x /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
  "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
].join("\n");
const V1_GROUPS = "4:memory:/docker/x/y\n1:cpu,cpuacct:/\n0::/session";
const V2 = "30 23 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw,nsdelegate";

/** A hierarchy of version 2 with groups and what they say of controllers. */
function unified(groups: Readonly<Record<string, { readonly there: string; readonly passed: string }>>) {
  const path = mkdtempSync(join(tmpdir(), "tare-cgroups-"));
  for (const [name, { there, passed }] of Object.entries(groups)) {
    mkdirSync(join(path, name), { recursive: true });
    writeFileSync(join(path, name, "cgroup.controllers"), there);
    writeFileSync(join(path, name, "cgroup.subtree_control"), passed);
    writeFileSync(join(path, name, "cgroup.procs"), "");
    if (name !== ".") writeFileSync(join(path, name, "cgroup.type"), "domain");
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test("limits are written in Docker's meaning to either version's files", () => {
  const limits = { memory: 100, cpus: 1.5, pids: -1 };
  const texts = (version: 1 | 2, more: object = {}) =>
    limitFiles({ ...limits, ...more }, version).map(({ file, value }) => `${file}=${value}`);
  assert.deepEqual(texts(1), [
    "memory.limit_in_bytes=100",
    "memory.memsw.limit_in_bytes=200",
    "cpu.cfs_period_us=100000",
    "cpu.cfs_quota_us=150000",
    "pids.max=max",
  ]);
  assert.deepEqual(texts(2), [
    "memory.max=100",
    "memory.swap.max=100",
    "cpu.max=150000 100000",
    "pids.max=max",
  ]);
  assert.equal(texts(1, { memorySwap: -1 })[1], "memory.memsw.limit_in_bytes=-1");
  assert.equal(texts(2, { memorySwap: -1 })[1], "memory.swap.max=max");
  assert.equal(texts(2, { memorySwap: 130 })[1], "memory.swap.max=30");
  const parts = (version: 1 | 2) =>
    limitFiles({ memoryReservation: 7, cpuShares: 1024, cpuset: "0-1" }, version).map(
      ({ file, value, isInherited }) => `${file}=${isInherited ? "inherited" : value}`,
    );
  assert.deepEqual(parts(1), [
    "memory.soft_limit_in_bytes=7",
    "cpu.shares=1024",
    "cpuset.cpus=0-1",
    "cpuset.mems=inherited",
  ]);
  assert.deepEqual(parts(2), ["memory.low=7", "cpu.weight=39", "cpuset.cpus=0-1"]);
});

test("groups of version 1 are below the own one, also where a part of the tree is mounted", () => {
  const view = hierarchies(V1, V1_GROUPS, "/reached");
  const plan = planCgroups("box", { memory: 1, cpus: 1 }, view);
  assert.deepEqual(
    plan.groups.map(({ candidates }) => candidates),
    [["/reached/memory/y/box"], ["/reached/cpu,cpuacct/box"]],
  );
  assert.deepEqual(plannedFolders(plan), ["/sys/fs/cgroup/memory/y/box", "/sys/fs/cgroup/cpu,cpuacct/box"]);
});

test("groups of version 2 are beside the own one or further up, never in one with processes", () => {
  using tree = unified({
    ".": { there: "cpu memory pids", passed: "cpu memory pids" },
    "user.slice": { there: "cpu memory pids", passed: "memory pids" },
    "user.slice/session": { there: "memory pids", passed: "" },
  });
  const view = hierarchies(V2, "0::/user.slice/session", tree.path);
  const plan = planCgroups("box", { memory: 1, pids: 3 }, view);
  assert.deepEqual(plannedFolders(plan), ["/sys/fs/cgroup/user.slice/box", "/sys/fs/cgroup/box"]);
  const top = hierarchies(V2, "0::/", tree.path);
  assert.deepEqual(plannedFolders(planCgroups("box", { memory: 1 }, top)), ["/sys/fs/cgroup/box"]);
  assert.throws(() => planCgroups("box", { memory: 1 }, []), { code: "environment-runtime" });
});

test("a user needs a group that was handed over with its controllers, or a systemd that hands one over", () => {
  using tree = unified({
    slice: { there: "memory pids", passed: "memory" },
    "slice/own": { there: "memory", passed: "" },
  });
  const groups = "0::/slice/own";
  const facts = { uid: 1000, environment: {}, base: tree.path, mountinfo: V2, groups };
  assert.equal(mayMake(planCgroups("box", { memory: 1 }, hierarchies(V2, groups, tree.path))), true);
  assert.deepEqual(cgroupScope({ memory: 1 }, facts), []);
  assert.deepEqual(cgroupScope({ cpus: 1 }, { ...facts, uid: 0 }), []);
  assert.throws(() => cgroupScope({ cpus: 1 }, facts), /cgroup with cpu: none of them belongs to this user/);
  assert.throws(
    () => cgroupScope({ memory: 1 }, { ...facts, mountinfo: V1, groups: V1_GROUPS }),
    /version 1/,
  );
  mkdirSync(join(tree.path, "systemd"));
  for (const name of ["systemd/private", "systemd-run"]) writeFileSync(join(tree.path, name), "");
  const environment = { PATH: tree.path, XDG_RUNTIME_DIR: tree.path };
  assert.deepEqual(cgroupScope({ cpus: 1, pids: 2 }, { ...facts, environment }).slice(-4), [
    "sh",
    "cpu",
    "pids",
    "--",
  ]);
});
