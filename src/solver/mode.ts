import { TareError } from "../base/index.ts";

/**
 * A file's permission bits after `--chmod`: an octal number replaces them, symbolic clauses (chmod(1),
 * `u=rwX,go+r`) change them. `X` is `x` for directories and for files that somebody may execute.
 */
export function changeMode(mode: number, change: string, isDirectory: boolean): number {
  if (/^[0-7]+$/.test(change)) return Number.parseInt(change, 8);
  return change.split(",").reduce((bits, clause) => applyClause(bits, clause, isDirectory), mode);
}

const SHIFT: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };
/** The bits that a class owns, its special one among them. */
const OWN: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };
const RIGHTS: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 };

function applyClause(before: number, clause: string, isDirectory: boolean): number {
  const match = /^([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)$/.exec(clause);
  if (!match) throw new TareError("user-dockerfile-semantics", `invalid chmod parameter: '${clause}'`);
  const mask = [...(match[1] || "a")].reduce((bits, letter) => bits | (OWN[letter] as number), 0);
  let mode = before;
  for (const [, operator, rights = ""] of (match[2] as string).matchAll(/([-+=])([ugo]|[rwxXst]*)/g)) {
    const bits = bitsOf(rights, mode, isDirectory) & mask;
    if (operator === "+") mode |= bits;
    else if (operator === "-") mode &= ~bits;
    else mode = (mode & ~mask) | bits;
  }
  return mode;
}

/** Rights for every class; another class's name stands for the rights that it has at this moment. */
function bitsOf(rights: string, mode: number, isDirectory: boolean): number {
  const copied = SHIFT[rights];
  if (copied !== undefined) return ((mode >> copied) & 7) * 0o111;
  const execute = isDirectory || (mode & 0o111) !== 0 ? 0o111 : 0;
  return [...rights].reduce(
    (bits, letter) => bits | (letter === "X" ? execute : (RIGHTS[letter] as number)),
    0,
  );
}
