import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_CAPABILITIES } from "./capabilities.ts";
import { runtimeSpec } from "./runtime-spec.ts";
import { seccompProfile } from "./seccomp.ts";
import type { ProcessSpec } from "./types.ts";

const SPEC: ProcessSpec = {
  args: ["sh", "-c", "true"],
  env: ["A=b"],
  cwd: "/work",
  user: { uid: 0, gid: 0, additionalGids: [4] },
  hostname: "box",
  network: "host",
  rootfs: "/scratch/rootfs",
  mounts: [
    { source: "/host/a", target: "/a", readonly: true },
    { source: "/host/b", target: "/b", readonly: false },
  ],
  terminal: false,
};

interface Configured {
  readonly process: {
    readonly user: object;
    readonly terminal: boolean;
    readonly capabilities: Readonly<Record<string, readonly string[]>>;
  };
  readonly mounts: readonly {
    readonly destination: string;
    readonly type: string;
    readonly source: string;
  }[];
  readonly linux: {
    readonly namespaces: readonly { readonly type: string }[];
    readonly maskedPaths: readonly string[];
    readonly readonlyPaths: readonly string[];
    readonly seccomp?: object;
  };
  readonly annotations?: object;
}

function configured(more: Partial<ProcessSpec> = {}, userNamespace = false): Configured {
  const spec = runtimeSpec({ ...SPEC, ...more }, { userNamespace, seccomp: { bpf: "QlBG" } });
  return JSON.parse(JSON.stringify(spec)) as Configured;
}

test("a root whose devices the runtime would open is mounted anew before the process starts", () => {
  const spec = runtimeSpec(SPEC, {
    userNamespace: false,
    seccomp: { bpf: "QlBG" },
    mountProgram: "/bin/mount",
  }) as { readonly hooks?: object };
  const [hook] = (spec.hooks as { readonly createContainer: readonly { readonly args: readonly string[] }[] })
    .createContainer;
  assert.match(hook?.args[2] ?? "", /remount,bind,nodev "\$1" && .*cat/);
  assert.deepEqual(hook?.args.slice(3), ["/bin/mount", "/scratch/rootfs"]);
});

test("where a single user is mapped, terminals belong to no group of their own", () => {
  const choice = { userNamespace: true, seccomp: { bpf: "QlBG" } };
  assert.match(JSON.stringify(runtimeSpec(SPEC, choice)), /"mode=0620","gid=5"/);
  assert.match(JSON.stringify(runtimeSpec(SPEC, { ...choice, hasTerminalGroup: false })), /"mode=0620"\]/);
});

test("a step of root's is what Docker would run", () => {
  const { mounts, linux, process: own, ...rest } = configured();
  assert.deepEqual(rest, {
    ociVersion: "1.0.2",
    hostname: "box",
    root: { path: "/scratch/rootfs", readonly: false },
    annotations: { "run.oci.seccomp_bpf_data": "QlBG" },
  });
  assert.deepEqual(own, {
    terminal: false,
    user: { uid: 0, gid: 0, additionalGids: [4], umask: 0o022 },
    args: ["sh", "-c", "true"],
    env: ["A=b"],
    cwd: "/work",
    capabilities: {
      bounding: DEFAULT_CAPABILITIES,
      permitted: DEFAULT_CAPABILITIES,
      effective: DEFAULT_CAPABILITIES,
      inheritable: [],
      ambient: [],
    },
    noNewPrivileges: false,
  });
  assert.deepEqual(
    mounts.map(({ destination, type }) => `${destination} ${type}`),
    [
      "/proc proc",
      "/dev tmpfs",
      ...["null", "zero", "full", "random", "urandom", "tty"].map((name) => `/dev/${name} bind`),
      "/dev/pts devpts",
      "/dev/shm tmpfs",
      "/dev/mqueue mqueue",
      "/sys sysfs",
      "/a bind",
      "/b bind",
    ],
  );
  assert.deepEqual(mounts.slice(-2), [
    { destination: "/a", type: "bind", source: "/host/a", options: ["rbind", "rprivate", "ro", "nodev"] },
    { destination: "/b", type: "bind", source: "/host/b", options: ["rbind", "rprivate", "rw", "nodev"] },
  ]);
  assert.deepEqual(
    linux.namespaces.map(({ type }) => type),
    ["mount", "pid", "ipc", "uts"],
  );
  assert.ok(linux.maskedPaths.includes("/proc/kcore"), "/proc/kcore is not masked");
  assert.ok(linux.readonlyPaths.includes("/proc/sys"), "/proc/sys is writable");
});

test("the capabilities are Docker's fourteen", () => {
  const text =
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT";
  const names = DEFAULT_CAPABILITIES.map((name) => name.replace("CAP_", "")).toSorted();
  assert.equal(names.join(" "), text);
});

test("another user has no capability, but may get them by a set-user-ID program", () => {
  const { capabilities } = configured({ user: { uid: 1000, gid: 0, additionalGids: [] } }).process;
  assert.deepEqual(capabilities, {
    bounding: DEFAULT_CAPABILITIES,
    permitted: [],
    effective: [],
    inheritable: [],
    ambient: [],
  });
});

test("without network there is a namespace for it", () => {
  const { namespaces } = configured({ network: "none" }).linux;
  assert.deepEqual(namespaces.at(-1), { type: "network" });
});

test("in a user namespace /sys is the host's, unless the network is its own", () => {
  const sys = (network: "host" | "none", userNamespace: boolean) =>
    configured({ network }, userNamespace).mounts.find(({ destination }) => destination === "/sys")?.type;
  assert.deepEqual(
    [sys("host", true), sys("none", true), sys("host", false), sys("none", false)],
    ["none", "sysfs", "sysfs", "sysfs"],
  );
});

test("a profile is handed over as it is where there is no filter", () => {
  const profile = seccompProfile("x64");
  const spec = runtimeSpec(SPEC, { userNamespace: false, seccomp: { profile } }) as Configured;
  assert.equal(spec.linux.seccomp, profile);
  assert.equal(spec.annotations, undefined);
});

test("configuring a distribution has more rights and no filter", () => {
  const { linux, process: own, annotations } = configured({ rights: "more" });
  assert.deepEqual(
    [linux.maskedPaths, linux.readonlyPaths, linux.seccomp, annotations],
    [[], [], undefined, undefined],
  );
  assert.deepEqual(own.capabilities.effective?.slice(DEFAULT_CAPABILITIES.length), [
    "CAP_SYS_ADMIN",
    "CAP_DAC_READ_SEARCH",
  ]);
});

test("a terminal has the size of the one that it is relayed to", () => {
  const sizeOf = (terminal: boolean) => {
    const terminalSize = { height: 24, width: 80 };
    const spec = runtimeSpec(
      { ...SPEC, terminal },
      { userNamespace: false, seccomp: { bpf: "" }, terminalSize },
    );
    return (spec as { process: { consoleSize?: object } }).process.consoleSize;
  };
  assert.deepEqual([sizeOf(true), sizeOf(false)], [{ height: 24, width: 80 }, undefined]);
});

test("a process with limits has a cgroup namespace, and sees its own groups where it looks for them", () => {
  const groups = { join: [], leave: [] };
  const one = configured({ cgroups: { ...groups, mounts: [{ source: "/g", target: "/sys/fs/cgroup" }] } });
  assert.ok(one.linux.namespaces.some(({ type }) => type === "cgroup"));
  const shown = ({ mounts }: Configured) =>
    mounts.filter(({ destination }) => destination.startsWith("/sys/fs")).map(({ type }) => type);
  assert.deepEqual(shown(one), ["bind"]);
  const two = configured({
    cgroups: { ...groups, mounts: [{ source: "/g", target: "/sys/fs/cgroup/pids" }] },
  });
  assert.deepEqual(shown(two), ["tmpfs", "bind"]);
  assert.deepEqual(shown(configured()), []);
});
