import { parseDuration, TareError } from "../api/index.ts";

/**
 * A point in time as Docker's flags take it: RFC 3339, with or without time and zone (then UTC), seconds since 1970,
 * or how long ago as a duration. Milliseconds since 1970.
 */
export function parseMoment(
  text: string,
  { flag, now }: { readonly flag: string; readonly now: number },
): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    const isZoned = /(Z|[+-]\d\d:\d\d)$/.test(text) || !text.includes("T");
    const time = Date.parse(isZoned ? text : `${text}Z`);
    if (!Number.isNaN(time)) return time;
  }
  try {
    return now - parseDuration(text) / 1e6;
  } catch (error) {
    throw new TareError("user-bad-flag", `invalid value ${JSON.stringify(text)} for --${flag}`, {
      hint: "write 2026-01-31T12:00:00Z, seconds since 1970, or how long ago: 10m",
      cause: error,
    });
  }
}
