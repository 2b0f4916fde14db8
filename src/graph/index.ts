/**
 * graph: what a build does, as plain JSON that outlives this machine. Vertices with an operation and
 * inputs, named by the digest of both; operations as BuildKit's LLB has them. Pure; nothing here
 * depends on this process, this disk or this user.
 */
export * from "./builder.ts";
export * from "./ops.ts";
