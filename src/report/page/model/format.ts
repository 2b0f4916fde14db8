const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Bytes as the command shows them: decimal units, three digits. */
export function bytes(size: number): string {
  let value = size;
  let unit = 0;
  // What rounds to a thousand is one of the next unit.
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${Number(value.toPrecision(3))} ${UNITS[unit]}`;
}

export function count(value: number): string {
  return value.toLocaleString("en");
}

/** `1 file`, `2 files`. */
export function counted(value: number, what: string): string {
  return `${count(value)} ${what}${value === 1 ? "" : "s"}`;
}

/** Of a whole that may be nothing: `38 %`, `< 1 %`. */
export function share(part: number, whole: number): string {
  const percent = whole > 0 ? (100 * part) / whole : 0;
  if (percent > 0 && percent < 1) return "< 1 %";
  return `${percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}

/** Milliseconds: `840 ms`, `3.2 s`, `4 min 12 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 995) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 99_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** What became of a number: `471× less`, `12 % more`, `gone`; in other words if they are given. */
export function change(
  before: number,
  after: number,
  [less, more]: readonly [string, string] = ["less", "more"],
): string {
  if (before === after) return "the same";
  if (before === 0 || after === 0) return after === 0 ? "gone" : "new";
  const ratio = Math.max(before, after) / Math.min(before, after);
  const word = after < before ? less : more;
  if (ratio >= 1.995) return `${Number(ratio.toPrecision(3))}× ${word}`;
  return `${share(Math.abs(after - before), before)} ${word}`;
}

/** Permissions as `ls -l` writes them; the special bits stand in for `x`. */
export function permissions(mode: number): string {
  const kind = (mode & 0o170000) === 0o120000 ? "l" : "-";
  const special = [mode & 0o4000 && "s", mode & 0o2000 && "s", mode & 0o1000 && "t"];
  return kind + [6, 3, 0].map((shift, place) => triple(mode >> shift, special[place] || "")).join("");
}

function triple(bits: number, special: string): string {
  const runs = (bits & 1) !== 0;
  const plain = runs ? "x" : "-";
  const marked = runs ? special : special.toUpperCase();
  return `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${marked || plain}`;
}
