import { readFile } from "node:fs/promises";
import { TareError } from "../base/index.ts";

/** Switches that keep users from making namespaces: the file, the value that forbids, and what to do. */
const SWITCHES = [
  {
    file: "/proc/sys/kernel/unprivileged_userns_clone",
    forbids: "0",
    hint: "allow user namespaces: sudo sysctl -w kernel.unprivileged_userns_clone=1",
  },
  {
    file: "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    forbids: "1",
    hint: "AppArmor forbids user namespaces here (Ubuntu 23.10 and newer): sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or add an AppArmor profile for unshare",
  },
  {
    file: "/proc/sys/user/max_user_namespaces",
    forbids: "0",
    hint: "allow user namespaces: sudo sysctl -w user.max_user_namespaces=15000",
  },
] as const;

/** What unshare(1) says of a root that lacks the capability, as in most containers. */
export function isRefusal(text: string): boolean {
  return /unshare failed|Operation not permitted/.test(text);
}

export function rootNamespaceError(reason: string): TareError {
  return new TareError("environment-namespaces", `root may not make namespaces here: ${reason}`, {
    hint: "inside a container, start it with --privileged, or with --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined",
  });
}

/** Why no user namespace can be made, and what to do about it. */
export async function namespaceError(): Promise<TareError> {
  const message = "this machine does not let an ordinary user make a user namespace, which RUN needs";
  for (const { file, forbids, hint } of SWITCHES) {
    const value = await readFile(file, "utf8").catch(() => "");
    if (value.trim() === forbids) return new TareError("environment-namespaces", message, { hint });
  }
  return new TareError("environment-namespaces", message, {
    hint: "inside a container, start it with --security-opt seccomp=unconfined (and apparmor=unconfined), or run as root; builds of COPY alone need no namespace",
  });
}
