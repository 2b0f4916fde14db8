import { TareError } from "../base/index.ts";
import { SYMBOLIC_MODE } from "../graph/index.ts";

/**
 * A file's permission bits after `--chmod`: an octal number replaces them, symbolic clauses change them. `X` is `x` for
 * directories and for files that somebody may execute. The clauses are those of BSD's setmode(3), which the reference
 * uses: chmod(1) of GNU is different in `t` with a class, in letters behind a class's name, and in directories.
 */
export function changeMode(mode: number, change: string, isDirectory: boolean): number {
  if (/^[0-7]+$/.test(change)) return Number.parseInt(change, 8);
  if (!SYMBOLIC_MODE.test(change))
    throw new TareError("user-dockerfile-semantics", `invalid chmod parameter: '${change}'`);
  const execute = isDirectory || (mode & 0o111) !== 0 ? 0o111 : 0;
  return change.split(",").reduce((bits, clause) => applyClause(bits, clause, execute), mode);
}

const STICKY = 0o1000;
const ALL = 0o6777;
const OTHERS = 0o007;
const CLASSES: Readonly<Record<string, number>> = { a: ALL, u: 0o4700, g: 0o2070, o: OTHERS };
const RIGHTS: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: STICKY };
const SHIFT: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };

function applyClause(before: number, clause: string, execute: number): number {
  const [, classes = "", actions = ""] = /^([ugoa]*)(.*)$/.exec(clause) ?? [];
  const who = [...classes].reduce((bits, letter) => bits | (CLASSES[letter] as number), 0);
  let mode = before;
  for (const [, operator = "", rights = ""] of actions.matchAll(/([-+=])([rwxXstugo]*)/g))
    mode = applyAction(mode, { operator, rights, who, execute });
  return mode;
}

function applyAction(
  before: number,
  action: {
    readonly operator: string;
    readonly rights: string;
    readonly who: number;
    readonly execute: number;
  },
): number {
  const { operator, rights, execute } = action;
  const others = action.who !== 0 && (action.who & ~OTHERS) === 0;
  let { who } = action;
  let mode = before;
  let pending = 0;
  let conditional = 0;
  let isDone = operator !== "=";
  const finish = () => {
    if (pending !== 0) mode = alter(mode, operator, { who, bits: pending });
    if (conditional !== 0) mode = alter(mode, "+", { who, bits: conditional });
    pending = 0;
    conditional = 0;
  };
  for (const letter of rights) {
    const shift = SHIFT[letter];
    if (shift !== undefined) {
      finish();
      isDone = true;
      mode = copyClass(mode, operator, { who, bits: (mode >> shift) & 7 });
    } else if (letter === "X" && operator !== "-") conditional = execute;
    else if (!others || !"st".includes(letter)) {
      pending |= RIGHTS[letter === "X" ? "x" : letter] as number;
      if (letter === "t") who |= STICKY;
    }
  }
  if (pending === 0 && !isDone) mode = alter(mode, operator, { who, bits: 0 });
  finish();
  return mode;
}

interface Bits {
  /** Which bits of a mode are meant; 0 is all but the sticky one. */
  readonly who: number;
  readonly bits: number;
}

function alter(mode: number, operator: string, { who, bits }: Bits): number {
  const wanted = who === 0 ? bits : who & bits;
  if (operator === "-") return mode & ~wanted;
  return (operator === "=" ? mode & ~(who || ALL) : mode) | wanted;
}

/** Gives classes the rights of another one. */
function copyClass(before: number, operator: string, { who, bits }: Bits): number {
  let mode = before;
  for (const shift of [6, 3, 0]) {
    if (who !== 0 && (who & (0o4 << shift)) === 0) continue;
    if (operator === "-") mode &= ~(bits << shift);
    else mode = (operator === "=" ? mode & ~(7 << shift) : mode) | (bits << shift);
  }
  return mode;
}
