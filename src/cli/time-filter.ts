import { parseDuration, TareError } from "../api/index.ts";

/**
 * The time that `until=` means, milliseconds since 1970: a Go duration before `now`, seconds since 1970, or a date with
 * or without a time, as docker takes them. `user-bad-flag` for anything else.
 */
export function parseUntil(text: string, now: number): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?$/.test(text)) {
    const at = Date.parse(text);
    if (!Number.isNaN(at)) return at;
  } else if (/^[\d.]+[a-zµμ]/u.test(text)) {
    try {
      return now - parseDuration(text) / 1e6;
    } catch (error) {
      if (!(error instanceof TareError)) throw error;
    }
  }
  throw new TareError("user-bad-flag", `invalid filter until=${text}`, {
    hint: "write until=24h, until=2026-01-31, until=2026-01-31T12:00:00Z, or seconds since 1970",
  });
}
