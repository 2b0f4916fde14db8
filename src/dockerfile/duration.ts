import { TareError } from "../base/index.ts";

const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
};

/** Reads a duration as Go's time.ParseDuration does (`1m30s`, `1.5h`, `-2s`): nanoseconds. */
export function parseDuration(text: string): number {
  const match = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)$/u.exec(text);
  if (/^[-+]?0$/.test(text)) return 0;
  if (!match)
    throw new TareError("user-dockerfile-syntax", `invalid duration ${JSON.stringify(text)}`, {
      hint: "write it like 30s, 1m30s or 500ms",
    });
  let total = 0;
  for (const [, number = "", unit = ""] of (match[2] as string).matchAll(
    /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/gu,
  ))
    total += Number(number) * (UNITS[unit] as number);
  if (total >= 2 ** 63)
    throw new TareError("user-dockerfile-syntax", `invalid duration ${JSON.stringify(text)}: too long`);
  return (match[1] === "-" ? -1 : 1) * Math.round(total);
}
