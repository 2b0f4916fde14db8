import type { Vertex } from "../graph/index.ts";
import type { CacheKey } from "./record.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * A vertex as something to do, in four forms that differ in what their result depends on. None of them
 * looks at another vertex: keys and results of inputs are handed in, in the order of `vertex.inputs`.
 */
export type Operation = OpenOperation | ComposeOperation | ProcessOperation | ContentOperation;

/** Files that are at hand: a build context, an image of the store. Nothing to run, nothing to remember. */
export interface OpenOperation {
  readonly kind: "open";
  /** Whether the files may have changed since an earlier build, as a folder may and an image can not. */
  readonly volatile: boolean;
  key(): Promise<CacheKey>;
  open(): Promise<Snapshot>;
}

/** An image made from packages. Which ones is only known once it was resolved: the run tells its own key. */
export interface ComposeOperation {
  readonly kind: "compose";
  /** The key by name alone, under which the last resolution is remembered. */
  readonly name: CacheKey;
  /** Whether that memory may be used; `--pull` says no. */
  readonly remembered: boolean;
  run(signal: AbortSignal): Promise<Made>;
}

/** What a step made; `key` is its complete key. */
export interface Made {
  readonly snapshot: Snapshot;
  readonly key: CacheKey;
}

/** A process that reads no other input than the file system it runs on: depends on how that was made. */
export interface ProcessOperation {
  readonly kind: "process";
  key(inputs: readonly CacheKey[]): CacheKey;
  run(inputs: readonly Snapshot[], signal: AbortSignal): Promise<Snapshot>;
}

/** Depends on how its base was made, and on what exactly the selected paths of its sources hold. */
export interface ContentOperation {
  readonly kind: "content";
  /** Which inputs are sources. */
  readonly sources: readonly number[];
  /** By how the sources were made: good enough to find the key by content from an earlier build. */
  keyByDefinition(inputs: readonly CacheKey[]): CacheKey;
  /** `snapshots` has those of the sources. */
  keyByContent(
    inputs: readonly CacheKey[],
    snapshots: readonly (Snapshot | undefined)[],
    signal: AbortSignal,
  ): Promise<CacheKey>;
  run(inputs: readonly Snapshot[], signal: AbortSignal): Promise<Snapshot>;
}

/** Finds the operation for a vertex. */
export type OperationOf = (vertex: Vertex) => Operation;
