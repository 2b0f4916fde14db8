/**
 * Bytes as Docker shows them: decimal units, three significant digits (go-units, HumanSizeWithPrecision). What rounding
 * brings to 1000 is 1 of the next unit, where Docker writes `1e+03kB`.
 */
export function humanSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (Number(value.toPrecision(3)) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${significant(value)}${units[unit]}`;
}

/** A difference in bytes with its sign: `-27.1MB`, `+3MB`, `0B`. */
export function signedSize(bytes: number): string {
  if (bytes === 0) return "0B";
  return `${bytes > 0 ? "+" : "-"}${humanSize(Math.abs(bytes))}`;
}

/** Bytes as `humanSize` writes them, or with binary units (`20MiB`); undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([kmgt]?i?b?)$/i.exec(text) ?? [];
  if (number === undefined || unit.toLowerCase() === "ib") return undefined;
  const power = "kmgt".indexOf(unit.charAt(0).toLowerCase()) + 1;
  const base = /i/i.test(unit) ? 1024 : 1000;
  return Math.round(Number(number) * base ** (unit === "" ? 0 : power));
}

/** How long ago, as Docker says it (go-units, HumanDuration). */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.round(minutes / 60);
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds < 60) return `${seconds} seconds`;
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return "About an hour";
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(Math.floor(minutes / 60) / 24 / 365)} years`;
}

/** `%.3g` without an exponent: 1.32, 26.6, 862. */
function significant(value: number): string {
  return Number(value.toPrecision(3)).toString();
}

/** As Go prints a time: `2026-01-07 00:00:00 +0000 UTC`. */
export function goTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/T(.*)\.\d+Z$/, " $1 +0000 UTC");
}
