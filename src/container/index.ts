/**
 * container: what a running image has besides its process. A log of what it writes, a socket by which others ask
 * something of it, checks of its health, a name, published ports. There is no daemon: all of it lives in the
 * process that watches over one container, and what it says of it lies in the store.
 */
export * from "./control.ts";
export * from "./health.ts";
export * from "./init.ts";
export * from "./life.ts";
export * from "./log-file.ts";
export * from "./names.ts";
export * from "./read-log.ts";
export * from "./restart.ts";
export * from "./signals.ts";
