import { readFileSync } from "node:fs";
import { CAPABILITIES } from "../base/index.ts";
import type { ProcessSpec } from "./types.ts";

/** What Docker gives a container by default. */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FSETID",
  "CAP_FOWNER",
  "CAP_MKNOD",
  "CAP_NET_RAW",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETFCAP",
  "CAP_SETPCAP",
  "CAP_NET_BIND_SERVICE",
  "CAP_SYS_CHROOT",
  "CAP_KILL",
  "CAP_AUDIT_WRITE",
];

/** What configuring a distribution may need besides. */
const MORE = [...DEFAULT_CAPABILITIES, "CAP_SYS_ADMIN", "CAP_DAC_READ_SEARCH"];

/** The capabilities that a process gets; `all` is everything that this process could give. */
export function capabilitiesOf({
  rights,
  capabilities,
}: Pick<ProcessSpec, "rights" | "capabilities">): readonly string[] {
  if (capabilities !== undefined) return capabilities;
  if (rights === undefined) return DEFAULT_CAPABILITIES;
  return rights === "more" ? MORE : ownCapabilities(readFileSync("/proc/self/status", "utf8"));
}

/** The effective set of /proc/PID/status (proc(5)), by name. */
function ownCapabilities(status: string): readonly string[] {
  const bits = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return CAPABILITIES.filter((_, number) => (bits >> BigInt(number)) & 1n);
}

/** Docker's set with some added and then, unless they were named, some dropped; `ALL` is every one that can be given. */
export function changedCapabilities(add: readonly string[], drop: readonly string[]): readonly string[] {
  const own = ownCapabilities(readFileSync("/proc/self/status", "utf8"));
  const given = add.includes("ALL") ? own : [...DEFAULT_CAPABILITIES, ...add];
  const kept = drop.includes("ALL")
    ? add.filter((name) => name !== "ALL")
    : given.filter((name) => !drop.includes(name));
  return CAPABILITIES.filter((name) => kept.includes(name) && own.includes(name));
}
