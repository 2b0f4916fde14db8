import { capabilitiesOf } from "./capabilities.ts";
import { MASKED_PATHS, READONLY_PATHS } from "./protected-paths.ts";
import type { SeccompProfile } from "./seccomp.ts";
import type { ProcessSpec, TerminalSize, TmpfsMount } from "./types.ts";

/** Which system calls are allowed: as a profile for the runtime, or compiled (base64), for crun(1). */
export type SeccompChoice = { readonly profile: SeccompProfile } | { readonly bpf: string };

/**
 * The OCI runtime configuration of a process (runtime-spec, config.md): Docker's defaults, own namespaces but
 * for the network, no cgroup limits.
 */
export function runtimeSpec(
  spec: ProcessSpec,
  {
    userNamespace,
    hasTerminalGroup = true,
    seccomp,
    mountProgram,
    terminalSize,
  }: {
    readonly userNamespace: boolean;
    /** Whether there is a group 5, which terminals belong to; not where a single user is mapped. */
    readonly hasTerminalGroup?: boolean;
    readonly seccomp: SeccompChoice;
    /** mount(8), when the runtime would let the process open the device nodes of the root. */
    readonly mountProgram?: string | undefined;
    /** Of the terminal that the process gets, where it is known. */
    readonly terminalSize?: TerminalSize | undefined;
  },
): object {
  const closed = !userNamespace && !spec.rights;
  return {
    ociVersion: "1.0.2",
    hostname: spec.hostname,
    root: { path: spec.rootfs, readonly: spec.readonlyRoot ?? false },
    process: processOf(spec, terminalSize),
    mounts: [
      ...systemMounts(spec, { userNamespace, hasTerminalGroup }),
      ...spec.mounts.map((mount) => ownMount(mount, closed)),
    ],
    linux: {
      namespaces: [...namespacesOf(spec).map((type) => ({ type })), ...networkNamespace(spec)],
      maskedPaths: spec.rights ? [] : MASKED_PATHS,
      readonlyPaths: spec.rights ? [] : READONLY_PATHS,
      ...(!spec.rights && "profile" in seccomp && { seccomp: seccomp.profile }),
    },
    ...(mountProgram !== undefined && { hooks: { createContainer: [closeDevices(mountProgram, spec)] } }),
    ...(!spec.rights && "bpf" in seccomp && { annotations: { "run.oci.seccomp_bpf_data": seccomp.bpf } }),
  };
}

/** The process itself (config.md, "Process"). */
export function processOf(spec: ProcessSpec, terminalSize: TerminalSize | undefined): object {
  const { uid, gid, additionalGids } = spec.user;
  const capabilities = capabilitiesOf(spec);
  const effective = uid === 0 ? capabilities : [];
  return {
    terminal: spec.terminal,
    ...(spec.terminal && terminalSize && { consoleSize: terminalSize }),
    user: { uid, gid, additionalGids, umask: 0o022 },
    args: spec.args,
    env: spec.env,
    cwd: spec.cwd,
    capabilities: { bounding: capabilities, permitted: effective, effective, inheritable: [], ambient: [] },
    noNewPrivileges: spec.noNewPrivileges ?? false,
    ...(spec.ulimits && spec.ulimits.length > 0 && { rlimits: spec.ulimits.map(resourceLimit) }),
  };
}

/**
 * Runs when all is mounted, in the new mount namespace, before its root is the process's (config.md, hooks). It is told
 * of the container on its standard input, and crun fails when nobody reads that. With the filter in it that is 14 KB,
 * which a shell reads byte by byte: longer than the step takes.
 */
function closeDevices(mountProgram: string, { rootfs }: ProcessSpec): object {
  const script = '"$0" -o remount,bind,nodev "$1" && exec cat >/dev/null';
  return { path: "/bin/sh", args: ["sh", "-c", script, mountProgram, rootfs] };
}

/** What it sees of groups is its own ones. */
function namespacesOf({ cgroups }: ProcessSpec): readonly string[] {
  return ["mount", "pid", "ipc", "uts", ...(cgroups ? ["cgroup"] : [])];
}

function networkNamespace({ network }: ProcessSpec): readonly object[] {
  if (network === "host") return [];
  return [network === "none" ? { type: "network" } : { type: "network", path: network.namespace }];
}

function resourceLimit(text: string): object {
  const [name = "", limits = ""] = text.split("=");
  const [soft, hard = soft] = limits.split(":").map((limit) => (limit === "-1" ? UNLIMITED : Number(limit)));
  return { type: `RLIMIT_${name.toUpperCase()}`, soft, hard };
}

/** RLIM_INFINITY does not fit a double; the largest one that does is as good as none. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** `closed`: device nodes in it can not be opened; in a user namespace they never can. */
function ownMount(mount: ProcessSpec["mounts"][number], closed: boolean): object {
  const { target } = mount;
  if (mount.type === "tmpfs")
    return { destination: target, type: "tmpfs", source: "tmpfs", options: tmpfsOptions(mount) };
  const { source, readonly } = mount;
  return {
    destination: target,
    type: "bind",
    source,
    options: ["rbind", "rprivate", readonly ? "ro" : "rw", ...(closed ? ["nodev"] : [])],
  };
}

function tmpfsOptions({ size, mode = "1777", readonly, exec }: TmpfsMount): readonly string[] {
  return [
    "nosuid",
    "nodev",
    `mode=${mode}`,
    ...(size === undefined ? [] : [`size=${size}`]),
    ...(readonly ? ["ro"] : []),
    ...(exec === false ? ["noexec"] : []),
  ];
}

const TERMINALS = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"];
const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];

function hostDevice(name: string): object {
  return {
    destination: `/dev/${name}`,
    type: "bind",
    source: `/dev/${name}`,
    options: ["bind", "nosuid", "noexec"],
  };
}

function systemMounts(
  spec: ProcessSpec,
  {
    userNamespace,
    hasTerminalGroup,
  }: { readonly userNamespace: boolean; readonly hasTerminalGroup: boolean },
): readonly object[] {
  return [
    { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k", ...(userNamespace ? [] : ["nodev"])],
    },
    // On a /dev without devices the usual ones are the host's, one by one. A user namespace has no others anyway.
    ...(userNamespace ? [] : DEVICES.map(hostDevice)),
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: [...TERMINALS, ...(hasTerminalGroup ? ["gid=5"] : [])],
    },
    {
      destination: "/dev/shm",
      type: "tmpfs",
      source: "shm",
      options: ["nosuid", "noexec", "nodev", "mode=1777", `size=${spec.shmSize ?? "65536k"}`],
    },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
    sysMount(spec, userNamespace),
    ...cgroupMounts(spec),
  ];
}

/** Runtimes of languages size themselves by what limits them. */
function cgroupMounts({ cgroups }: ProcessSpec): readonly object[] {
  if (cgroups === undefined) return [];
  const mounts = cgroups.mounts.map(({ source, target }) => ({
    destination: target,
    type: "bind",
    source,
    options: ["bind", "ro", "nosuid", "noexec", "nodev"],
  }));
  const isOne = cgroups.mounts.some(({ target }) => target === CGROUPS);
  const options = ["nosuid", "noexec", "nodev", "mode=755", "size=64k"];
  return [...(isOne ? [] : [{ destination: CGROUPS, type: "tmpfs", source: "tmpfs", options }]), ...mounts];
}

const CGROUPS = "/sys/fs/cgroup";

/** A user namespace may mount sysfs only for a network namespace of its own. */
function sysMount({ network, rights }: ProcessSpec, userNamespace: boolean): object {
  if (userNamespace && network === "host")
    return {
      destination: "/sys",
      type: "none",
      source: "/sys",
      options: ["rbind", "nosuid", "noexec", "nodev", "ro"],
    };
  return {
    destination: "/sys",
    type: "sysfs",
    source: "sysfs",
    options: ["nosuid", "noexec", "nodev", rights === "all" ? "rw" : "ro"],
  };
}
