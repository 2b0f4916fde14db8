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

function applyClause(before: number, clause: string, isDirectory: boolean): number {
  const match = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(clause);
  if (!match) throw new TareError("user-dockerfile-semantics", `invalid chmod parameter: '${clause}'`);
  const who = match[1] === "" || match[1]?.includes("a") ? "ugo" : (match[1] as string);
  let mode = before;
  for (const [, operator, rights = ""] of (match[2] as string).matchAll(/([-+=])([rwxXst]*|[ugo])/g)) {
    const bits = rightsFor(mode, { who, rights, isDirectory });
    if (operator === "+") mode |= bits;
    else if (operator === "-") mode &= ~bits;
    else mode = (mode & ~clearedBy(who)) | bits;
  }
  return mode;
}

function rightsFor(
  mode: number,
  {
    who,
    rights,
    isDirectory,
  }: { readonly who: string; readonly rights: string; readonly isDirectory: boolean },
): number {
  const copied = SHIFT[rights];
  const basic = copied === undefined ? basicRights(mode, rights, isDirectory) : (mode >> copied) & 7;
  let bits = 0;
  for (const letter of who) bits |= basic << (SHIFT[letter] as number);
  if (rights.includes("s")) bits |= (who.includes("u") ? 0o4000 : 0) | (who.includes("g") ? 0o2000 : 0);
  return rights.includes("t") ? bits | 0o1000 : bits;
}

function basicRights(mode: number, rights: string, isDirectory: boolean): number {
  const execute = rights.includes("x") || (rights.includes("X") && (isDirectory || (mode & 0o111) !== 0));
  return (rights.includes("r") ? 4 : 0) | (rights.includes("w") ? 2 : 0) | (execute ? 1 : 0);
}

/** What `=` takes away first: the class's bits and its special bit. */
function clearedBy(who: string): number {
  let bits = who === "ugo" ? 0o1000 : 0;
  if (who.includes("u")) bits |= 0o4700;
  if (who.includes("g")) bits |= 0o2070;
  return who.includes("o") ? bits | 0o007 : bits;
}
