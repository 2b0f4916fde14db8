import { type Digest, TareError } from "../base/index.ts";
import type { ExecMount, ExecOp } from "../graph/index.ts";
import type { Store } from "../store/index.ts";
import { clampTimes, type LayerIndex } from "../tree/index.ts";
import { type Identity, resolveIdentity } from "./accounts.ts";
import type { ContentOperation, ProcessOperation } from "./operation.ts";
import { type CacheKey, cacheKey } from "./record.ts";
import { selectionDigest } from "./selection.ts";
import { type Snapshot, stack } from "./snapshot.ts";

/** A process to run on a snapshot, as whoever owns the sandbox needs it. */
export interface StepRequest {
  readonly env: readonly string[];
  readonly identity: Identity;
  readonly op: ExecOp;
  readonly base: Snapshot;
  /** The file systems that mounts read, by the number of the input. */
  readonly inputs: readonly Snapshot[];
  /** An empty folder on the store's file system, for the step's own layer. */
  readonly scratch: string;
}

/** What a step left behind: its upper directory, and the index of what changed in it. */
export interface StepResult {
  readonly upper: string;
  readonly index: LayerIndex;
}

/** What running a process needs from outside. */
export interface ExecEnvironment {
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** SOURCE_DATE_EPOCH, seconds. */
  readonly epoch?: number;
  /** Runs the step to its end; `exec-failed` when the process fails. */
  readonly runStep: (request: StepRequest, signal: AbortSignal) => Promise<StepResult>;
}

/**
 * RUN: whatever the process changes becomes a directory layer. Proxy variables, secrets and the content of cache
 * mounts are no part of the key; what is bind-mounted counts by its content, as with COPY.
 */
export function execOperation(op: ExecOp, environment: ExecEnvironment): ProcessOperation | ContentOperation {
  const { proxyEnv: _proxyEnv, ...counted } = op;
  const sources = [...new Set(op.mounts.flatMap((mount) => ("input" in mount ? [mount.input] : [])))].filter(
    (input) => input >= 0,
  );
  const keyData = (inputs: readonly CacheKey[]) => ({
    ...counted,
    base: inputs[0]?.digest ?? null,
    epoch: environment.epoch ?? null,
  });
  const run = (inputs: readonly Snapshot[], signal: AbortSignal) =>
    runOp(op, { inputs, environment }, signal);
  if (sources.length === 0) return { kind: "process", key: (inputs) => cacheKey(keyData(inputs)), run };
  return {
    kind: "content",
    sources,
    keyByDefinition: (inputs) =>
      cacheKey({ ...keyData(inputs), content: { definitions: sources.map((at) => inputs[at]?.digest) } }),
    keyByContent: async (inputs, snapshots) =>
      cacheKey({ ...keyData(inputs), content: await mountedContents(op.mounts, snapshots) }),
    run,
  };
}

/** For every mount the digest of what it shows; null for those that show nothing of an input. */
function mountedContents(
  mounts: readonly ExecMount[],
  snapshots: readonly (Snapshot | undefined)[],
): Promise<readonly (Digest | null)[]> {
  return Promise.all(
    mounts.map(async (mount) => {
      const files = "input" in mount ? snapshots[mount.input] : undefined;
      if (!files || !("source" in mount)) return null;
      return selectionDigest(files, { ...mount, wildcard: false, exclude: [] });
    }),
  );
}

async function runOp(
  op: ExecOp,
  { inputs, environment }: { readonly inputs: readonly Snapshot[]; readonly environment: ExecEnvironment },
  signal: AbortSignal,
): Promise<Snapshot> {
  const { store, now, epoch, runStep } = environment;
  const [base] = inputs;
  if (!base) throw new TareError("internal-bug", "a process needs a file system to run on");
  const created = now();
  await using scratch = await store.scratch();
  const identity = await resolveIdentity(base, op.user);
  const env = [...op.env, ...op.proxyEnv];
  const { upper, index } = await runStep({ op, env, identity, base, inputs, scratch: scratch.path }, signal);
  // Times are clamped in the index, from which the tar is written: one pass, and the disk may say otherwise.
  const layer = await store.layers.addDirectory(upper, { entries: clampTimes(index.entries, epoch) });
  return stack(base, [{ layer, created }]);
}
