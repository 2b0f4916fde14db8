import { TareError } from "../base/index.ts";
import type { ExecOp } from "../graph/index.ts";
import type { Store } from "../store/index.ts";
import type { LayerIndex } from "../tree/index.ts";
import { type Identity, resolveIdentity } from "./accounts.ts";
import type { ProcessOperation } from "./operation.ts";
import { cacheKey } from "./record.ts";
import { type Snapshot, stack } from "./snapshot.ts";

/** A process to run on a snapshot, as whoever owns the sandbox needs it. */
export interface StepRequest {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly identity: Identity;
  readonly network: "host" | "none";
  readonly base: Snapshot;
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

/** RUN: whatever the process changes becomes a directory layer. Proxy variables are no part of the key. */
export function execOperation(op: ExecOp, environment: ExecEnvironment): ProcessOperation {
  const { proxyEnv, ...counted } = op;
  const { store, now, epoch, runStep } = environment;
  return {
    kind: "process",
    key: (inputs) => cacheKey({ ...counted, base: inputs[0]?.digest ?? null, epoch: epoch ?? null }),
    async run([base], signal) {
      if (!base) throw new TareError("internal-bug", "a process needs a file system to run on");
      const created = now();
      await using scratch = await store.scratch();
      const identity = await resolveIdentity(base, op.user);
      const env = [...op.env, ...proxyEnv];
      const { upper, index } = await runStep(
        { args: op.args, env, cwd: op.cwd, identity, network: op.network, base, scratch: scratch.path },
        signal,
      );
      const layer = await store.layers.addDirectory(upper, clamped(index, epoch));
      return stack(base, [{ layer, created }]);
    },
  };
}

/** Times are clamped in the index, from which the tar is written: one pass, and the disk may say otherwise. */
function clamped({ entries }: LayerIndex, epoch: number | undefined): LayerIndex {
  if (epoch === undefined) return { entries };
  return { entries: entries.map((entry) => (entry.mtime > epoch ? { ...entry, mtime: epoch } : entry)) };
}
