/**
 * sandbox: running a process apart from the host. Overlay mounts, the OCI runtime specification, crun and
 * runc with an embedded chroot for machines that have neither, what a step left behind, and the
 * certificates that it may need on its way out. All of it expects to be inside the engine's namespaces.
 */

export { changedCapabilities } from "./capabilities.ts";
export * from "./capture.ts";
export { cgroupScope } from "./cgroup-scope.ts";
export * from "./cgroup-view.ts";
export * from "./cgroups.ts";
export * from "./choose.ts";
export * from "./copy-folder.ts";
export * from "./enter-chroot.ts";
export { loaderOfFile, requireProgram } from "./exec-failure.ts";
export { openForwards } from "./forward.ts";
export * from "./host-ca.ts";
export { killTree } from "./kill-tree.ts";
export { controllersOf, type Limits } from "./limits.ts";
export * from "./mount-targets.ts";
export * from "./network-files.ts";
export { terminalSize } from "./oci-runtime.ts";
export * from "./overlay.ts";
export * from "./private-network.ts";
export * from "./step.ts";
export * from "./step-ca.ts";
export * from "./streams.ts";
export type * from "./types.ts";
