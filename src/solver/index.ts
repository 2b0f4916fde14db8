/**
 * solver: build graph -> result. Keys from the leaves, a hit needs nothing below it, what is missing runs
 * at once where it can; one file for each kind of operation. Knows nothing of Dockerfiles or of screens:
 * it gets a graph and tells events.
 */
export * from "./accounts.ts";
export * from "./archive-context.ts";
export * from "./collect-records.ts";
export * from "./compose-operation.ts";
export * from "./context.ts";
export type * from "./events.ts";
export * from "./exec-operation.ts";
export * from "./explain.ts";
export * from "./file-operation.ts";
export * from "./git-operation.ts";
export * from "./http-operation.ts";
export * from "./image-operation.ts";
export * from "./imported.ts";
export * from "./last-lines.ts";
export * from "./listing.ts";
export * from "./merge-operation.ts";
export * from "./operation.ts";
export * from "./process-env.ts";
export * from "./record.ts";
export * from "./remember.ts";
export * from "./run-step.ts";
export { selectSources } from "./selection.ts";
export * from "./session.ts";
export * from "./snapshot.ts";
export * from "./solve.ts";
export * from "./text-sink.ts";
