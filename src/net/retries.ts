import { setTimeout as sleep } from "node:timers/promises";
import { TareError, throwIfCancelled } from "../base/index.ts";

const TRIES = 4;
/** Seconds; who asks for more is not waited for. */
const LONGEST_WAIT = 60;

/**
 * Does a task again, a little later each time or when the other side asks for it, as long as it fails with an error
 * that may go away.
 */
export async function withRetries<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task();
    } catch (error) {
      await backOff(error, attempt, signal);
    }
  }
}

/** Waits before try `attempt` + 1; throws the error when there is to be none: it will not go away, or it was the last try. */
export async function backOff(error: unknown, attempt: number, signal: AbortSignal): Promise<void> {
  throwIfCancelled(signal);
  if (!(error instanceof TareError) || error.facts.retryable !== true || attempt >= TRIES) throw error;
  const wait = Math.max(200 * 2 ** attempt, (error.facts.retryAfter ?? 0) * 1000);
  await sleep(wait, undefined, { signal }).catch(() => throwIfCancelled(signal));
}

/**
 * What an answer's status says of another try: worth it after 429 and 5xx, at the time that Retry-After gives
 * (RFC 9110, 10.2.3), unless that is more than a minute away.
 */
export function waitAsked(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): { readonly retryable: boolean; readonly retryAfter?: number } {
  if (status < 500 && status !== 429) return { retryable: false };
  const seconds = secondsOf(headers["retry-after"], headers.date);
  if (seconds === undefined) return { retryable: true };
  return { retryable: seconds <= LONGEST_WAIT, retryAfter: seconds };
}

function secondsOf(
  after: string | string[] | undefined,
  now: string | string[] | undefined,
): number | undefined {
  const text = String(after ?? "").trim();
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const difference = Date.parse(text) - Date.parse(String(now ?? ""));
  return Number.isFinite(difference) ? Math.max(0, Math.ceil(difference / 1000)) : undefined;
}
