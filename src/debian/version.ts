import { splitDebianVersion } from "../text/index.ts";

/**
 * Orders Debian versions (deb-version(7)): epoch, then upstream version, then revision. Negative when `a` is
 * older than `b`. `~` sorts before everything, even the end.
 */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [split(a), split(b)];
  return x.epoch - y.epoch || comparePart(x.upstream, y.upstream) || comparePart(x.revision, y.revision);
}

/** Whether `version` stands in a relation (`<<`, `<=`, `=`, `>=`, `>>`) to another. */
export function satisfies(version: string, operator: string, other: string): boolean {
  const order = compareVersions(version, other);
  switch (operator) {
    case "<<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "=":
      return order === 0;
    case ">=":
      return order >= 0;
    default:
      return order > 0;
  }
}

function split(version: string): {
  readonly epoch: number;
  readonly upstream: string;
  readonly revision: string;
} {
  const { epoch, ...rest } = splitDebianVersion(version);
  return { epoch: Number(epoch) || 0, ...rest };
}

/** Text and numbers by turns: text by `weight`, numbers as numbers of any length. */
function comparePart(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while (isText(a, i) || isText(b, j)) {
      const difference = weight(a, i) - weight(b, j);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    const [x, y] = [digits(a, i), digits(b, j)];
    i += x.length;
    j += y.length;
    const [m, n] = [x.replace(/^0+/, ""), y.replace(/^0+/, "")];
    if (m.length !== n.length) return m.length - n.length;
    if (m !== n) return m < n ? -1 : 1;
  }
  return 0;
}

function isText(part: string, at: number): boolean {
  return at < part.length && !/[0-9]/.test(part[at] as string);
}

/** `~` before the end (and digits), which are before letters, which are before all else. */
function weight(part: string, at: number): number {
  const character = part[at];
  if (character === undefined || /[0-9]/.test(character)) return 0;
  if (character === "~") return -1;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}

function digits(part: string, at: number): string {
  return /^[0-9]*/.exec(part.slice(at))?.[0] ?? "";
}
