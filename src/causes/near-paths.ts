import { editDistance } from "../text/index.ts";
import { baseName, isPattern, parentPath } from "../tree/index.ts";

const MOST = 5;

/**
 * Paths that somebody may have meant, the likeliest first: the name elsewhere, the name with another ending or version
 * (`libssl.so` for `libssl.so.3`, `python` for `python3.13`), a name with a slip of the pen. Among equal names those
 * count first whose folders are the most like the wanted ones.
 */
export function nearPaths(paths: readonly string[], wanted: string): readonly string[] {
  const name = baseName(wanted).toLowerCase();
  if (name === "" || isPattern(name)) return [];
  const folder = parentPath(wanted);
  const scores = new Map<string, number>();
  const folders = new Map<string, number>();
  const found: { readonly path: string; readonly score: number }[] = [];
  for (const path of paths) {
    if (path === "") continue;
    const own = cached(scores, baseName(path), (other) => nameScore(name, other.toLowerCase()));
    if (own === Infinity) continue;
    const away = cached(folders, parentPath(path), (other) => folderDistance(folder, other));
    // A name that is a little wrong is most likely meant where it was looked for.
    found.push({ path, score: own * 10 + Math.min(away, 9) + (own > 0 && away > 0 ? 20 : 0) });
  }
  const best = found.reduce((least, { score }) => Math.min(least, score), Infinity);
  return found
    .filter(({ score }) => score <= best + SPREAD)
    .sort((a, b) => a.score - b.score || (a.path < b.path ? -1 : 1))
    .slice(0, MOST)
    .map(({ path }) => path);
}

/** What is farther off than this from the best one is no help beside it. */
const SPREAD = 15;

function cached(known: Map<string, number>, text: string, score: (text: string) => number): number {
  const before = known.get(text);
  if (before !== undefined) return before;
  const now = score(text);
  known.set(text, now);
  return now;
}

/** 0 for the same name, 1 for one that goes on after it, and the other way round; 2 for another ending; then the slips in it. */
function nameScore(wanted: string, name: string): number {
  if (name === wanted) return 0;
  if (goesOn(name, wanted) || goesOn(wanted, name)) return 1;
  if (stemOf(name) === stemOf(wanted)) return 2;
  const limit = Math.max(1, Math.min(3, Math.floor(wanted.length / 3)));
  if (wanted.length < 2 || Math.abs(name.length - wanted.length) > limit) return Infinity;
  const slips = editDistance(wanted, name);
  return slips <= limit ? slips : Infinity;
}

/** `python3.13` after `python`, `libssl.so.3` after `libssl.so`, `app.conf` after `app`: never another word. */
function goesOn(long: string, short: string): boolean {
  return short.length > 1 && long.startsWith(short) && /^[-_.\d]/.test(long.slice(short.length));
}

/** `app` of `app.conf`; a name that is nothing else is all of it. */
function stemOf(name: string): string {
  return /^(.{2,}?)\./.exec(name)?.[1] ?? name;
}

/** How many folders of one path are not in the other; a merged `/usr` and folders of one platform make no difference. */
function folderDistance(a: string, b: string): number {
  const [one, other] = [foldersOf(a), foldersOf(b)];
  const missing = one.filter((part) => !other.includes(part)).length;
  return missing + other.filter((part) => !one.includes(part)).length;
}

const PLATFORM = /^[a-z0-9_]+-linux-(?:gnu|musl)[a-z0-9]*$/;
const SAME: Readonly<Record<string, string>> = { lib64: "lib", lib32: "lib", sbin: "bin" };

function foldersOf(path: string): readonly string[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== "usr" && !PLATFORM.test(part));
  return parts.map((part) => SAME[part] ?? part);
}
