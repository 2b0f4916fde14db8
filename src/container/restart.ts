import { setTimeout as sleep } from "node:timers/promises";
import { TareError } from "../base/index.ts";
import type { RestartPolicy } from "../store/index.ts";
import type { ContainerLife } from "./life.ts";

/** Docker's pauses, milliseconds: the first one, doubled every time, up to the longest. */
const FIRST = 100;
const LONGEST = 60_000;
/** After so long a run the pauses begin anew. */
const SOUND = 10_000;

/** `no`, `always`, `unless-stopped`, `on-failure[:TIMES]`; `user-bad-flag` for others. */
export function parseRestart(text: string): RestartPolicy {
  const [name = "", times, ...more] = text.split(":");
  const isName = ["", "no", "always", "unless-stopped", "on-failure"].includes(name);
  const isCounted = times === undefined || (name === "on-failure" && /^\d+$/.test(times));
  if (!isName || !isCounted || more.length > 0)
    throw new TareError("user-bad-flag", `invalid restart policy ${JSON.stringify(text)}`, {
      hint: "write no, always, unless-stopped, on-failure or on-failure:3",
    });
  return { name: (name || "no") as RestartPolicy["name"], maximum: Number(times ?? 0) };
}

/** Runs a process, and again as its policy says, until it ends for good or `stopped` is aborted: its last exit code. */
export async function runUntilItStays(
  runOnce: () => Promise<number>,
  {
    policy,
    life,
    now,
    stopped,
  }: {
    readonly policy: RestartPolicy;
    readonly life: Pick<ContainerLife, "pause">;
    readonly now: () => number;
    readonly stopped: AbortSignal;
  },
): Promise<number> {
  const pauseAfter = restarts(policy);
  for (;;) {
    const began = now();
    const exitCode = await runOnce();
    const pause = stopped.aborted ? undefined : pauseAfter({ exitCode, lasted: now() - began });
    if (pause === undefined) return exitCode;
    life.pause(exitCode);
    await sleep(pause, undefined, { signal: stopped }).catch(() => undefined);
    if (stopped.aborted) return exitCode;
  }
}

/** Says after every run of a process how long to wait for the next one, milliseconds; undefined for no next one. */
function restarts({
  name,
  maximum,
}: RestartPolicy): (run: { readonly exitCode: number; readonly lasted: number }) => number | undefined {
  let [count, pause] = [0, FIRST / 2];
  return ({ exitCode, lasted }) => {
    const isFailure = name === "on-failure" && exitCode !== 0 && (maximum === 0 || count < maximum);
    if (name === "no" || (name === "on-failure" && !isFailure)) return undefined;
    count++;
    pause = lasted >= SOUND ? FIRST : Math.min(pause * 2, LONGEST);
    return pause;
  };
}
