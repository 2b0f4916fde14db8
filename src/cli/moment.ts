import { parseDuration, TareError } from "../api/index.ts";

/**
 * A point in time as Docker's flags take it, milliseconds since 1970: how long before `now` as a Go duration, seconds
 * since 1970, or RFC 3339 with or without the time, its minutes and seconds, and the zone; without a zone it is local
 * time. `user-bad-flag` for anything else; `flag` is what the text was given to.
 */
export function parseMoment(
  text: string,
  { flag, now }: { readonly flag: string; readonly now: number },
): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  const time = timeOf(text) ?? timeBefore(now, text);
  if (time !== undefined) return time;
  throw new TareError("user-bad-flag", `invalid time ${JSON.stringify(text)} for ${flag}`, {
    hint: "write 24h (so long ago), 2026-01-31 or 2026-01-31T12:00:00 (local time), 2026-01-31T12:00:00Z, or seconds since 1970",
  });
}

const DATE = /^(\d{4}-\d\d)-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d(?:\.\d+)?))?)?)?(Z|[+-]\d\d:\d\d)?$/;

function timeOf(text: string): number | undefined {
  const [, month, day, hour = "00", minute = "00", second = "00", zone = ""] = DATE.exec(text) ?? [];
  if (month === undefined || hour === "24") return undefined;
  // Date.parse takes the 31st of any month, and means the next one.
  if (new Date(`${month}-${day}T00:00Z`).getUTCDate() !== Number(day)) return undefined;
  const time = Date.parse(`${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(time) ? undefined : time;
}

function timeBefore(now: number, text: string): number | undefined {
  if (text.startsWith("-")) return undefined;
  try {
    return now - parseDuration(text) / 1e6;
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}
