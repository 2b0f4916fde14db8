import type { Flag } from "./flags.ts";

/** The flags of `run` and `exec` that a process of a container has. */
export const PROCESS_FLAGS: readonly Flag[] = [
  { name: "interactive", short: "i", type: "boolean", description: "keep standard input open" },
  { name: "tty", short: "t", type: "boolean", description: "connect a terminal" },
  {
    name: "env",
    short: "e",
    type: "list",
    value: "K=V",
    description: "variable of the process; without =V taken from the environment",
  },
  { name: "env-file", type: "list", value: "FILE", description: "file of variables, K=V a line" },
  { name: "workdir", short: "w", type: "string", value: "DIR", description: "working directory" },
  {
    name: "user",
    short: "u",
    type: "string",
    value: "USER[:GROUP]",
    description: "user of the process, by name or number",
  },
];

/** The flags of `run` that say what its process gets. */
export const RUN_FLAGS: readonly Flag[] = [
  { name: "detach", short: "d", type: "boolean", description: "return once the process runs; print its id" },
  { name: "name", type: "string", value: "NAME", description: "name of the container (default: made up)" },
  { name: "rm", type: "boolean", description: "forget the container when it has ended" },
  {
    name: "pull",
    type: "string",
    value: "missing|always|never",
    description: "whether a registry is asked for the image (default: when it is not here)",
  },
  { name: "quiet", short: "q", type: "boolean", description: "do not show how an image is fetched" },
  ...PROCESS_FLAGS,
  {
    name: "volume",
    short: "v",
    type: "list",
    value: "SRC:DST[:ro]",
    description: "a folder or file of this machine that the process sees",
  },
  {
    name: "mount",
    type: "list",
    value: "type=bind|tmpfs,...",
    description: "src=, dst=, readonly; in memory dst=, tmpfs-size=, tmpfs-mode=",
  },
  {
    name: "tmpfs",
    type: "list",
    value: "DST[:OPTIONS]",
    description: "a file system in memory; options are size=, mode=, ro, noexec",
  },
  { name: "read-only", type: "boolean", description: "the process can write nowhere but to its mounts" },
  { name: "entrypoint", type: "string", value: "PROGRAM", description: "instead of the image's ENTRYPOINT" },
  {
    name: "network",
    type: "string",
    value: "host|none|private",
    description:
      "network of the process: this machine's (default), none, or one of its own (default with -p)",
  },
  {
    name: "publish",
    short: "p",
    type: "list",
    value: "[ADDRESS:]PORT:PORT[/udp]",
    description:
      "a port of this machine that leads to one of the process, by pasta, slirp4netns or tare itself",
  },
  {
    name: "hostname",
    short: "h",
    type: "string",
    value: "NAME",
    description: "host name (default: short id)",
  },
  { name: "add-host", type: "list", value: "NAME:ADDRESS", description: "one more line of /etc/hosts" },
  { name: "label", short: "l", type: "list", value: "K=V", description: "label of the container" },
  { name: "cidfile", type: "string", value: "FILE", description: "write the container's id to a new file" },
  { name: "cap-add", type: "list", value: "NAME", description: "give a capability, or ALL" },
  { name: "cap-drop", type: "list", value: "NAME", description: "take a capability away, or ALL" },
  {
    name: "init",
    type: "boolean",
    description: "a small first process that passes signals on and waits for orphans",
  },
  { name: "memory", short: "m", type: "string", value: "BYTES", description: "limit of memory, 512m" },
  {
    name: "memory-swap",
    type: "string",
    value: "BYTES",
    description: "limit of memory and swap together, -1 for none (default: twice the memory)",
  },
  { name: "cpus", type: "string", value: "NUMBER", description: "limit of processor time, 1.5" },
  {
    name: "pids-limit",
    type: "string",
    value: "N",
    description: "limit of processes and threads, -1 for none",
  },
  { name: "ulimit", type: "list", value: "NAME=SOFT[:HARD]", description: "limit of the process" },
  { name: "shm-size", type: "string", value: "BYTES", description: "size of /dev/shm (default 64m)" },
  {
    name: "stop-signal",
    type: "string",
    value: "SIGNAL",
    description: "what stop sends (default: the image's, else SIGTERM)",
  },
  {
    name: "stop-timeout",
    type: "string",
    value: "SECONDS",
    description: "how long stop waits before it kills (default 10)",
  },
  { name: "health-cmd", type: "string", value: "COMMAND", description: "check health by a shell command" },
  { name: "health-interval", type: "string", value: "TIME", description: "between two checks (30s)" },
  { name: "health-timeout", type: "string", value: "TIME", description: "of one check (30s)" },
  { name: "health-retries", type: "string", value: "N", description: "failures until unhealthy (3)" },
  {
    name: "health-start-period",
    type: "string",
    value: "TIME",
    description: "in which failures do not count (0s)",
  },
  { name: "no-healthcheck", type: "boolean", description: "do not check the health" },
  { name: "restart", type: "string", value: "no", description: "a container is never started again" },
  { name: "isolation", type: "string", value: "MODE", description: "auto, oci (crun, runc) or chroot" },
];
