/**
 * How much a gap matters. `required`: something does not start, or does not load. `advice`: something that
 * may be used would not work, and nobody can tell by the files whether it is. `allowed`: the recipe says so.
 */
export type GapLevel = "required" | "advice" | "allowed";

/** Something that a file of the tree needs and does not get. Plain JSON; paths have no slash in front. */
export type Gap =
  | LibraryGap
  | VersionGap
  | InterpreterGap
  | DlopenGap
  | LinkGap
  | UnloadableGap
  | UnusedAllowance;

interface Needing {
  readonly level: GapLevel;
  /** The file that needs it. */
  readonly file: string;
  /** What it needs, as it says so: a soname, a path, a command. */
  readonly needs: string;
}

/** A library that is nowhere on the search path. */
export interface LibraryGap extends Needing {
  readonly kind: "library";
  /** The program (or plugin) that was being loaded, when that is another file. */
  readonly program?: string;
  /** A file of that name that does not serve, and why. */
  readonly instead?: { readonly path: string; readonly why: string };
}

/** A library that is there, in a version without symbols that are wanted. */
export interface VersionGap extends Needing {
  readonly kind: "version";
  readonly version: string;
  readonly library: string;
}

/** The loader of a program, or the interpreter of a script. */
export interface InterpreterGap extends Needing {
  readonly kind: "interpreter";
  readonly problem: "missing" | "not-executable" | "not-on-path" | "unfit";
}

/** What is loaded by name while a program runs, as far as that is known: see `dlopen-rules.ts`. */
export interface DlopenGap extends Needing {
  readonly kind: "dlopen";
  /** What it is for. */
  readonly reason: string;
}

/** A symbolic link that leads to nothing. */
export interface LinkGap extends Needing {
  readonly kind: "link";
  /** The path that would have to be there; absent when links lead round in a circle. */
  readonly missing?: string;
}

/** A file that nothing in the tree can load: damaged, or for another kind of machine. */
export interface UnloadableGap extends Omit<Needing, "needs"> {
  readonly kind: "unloadable";
  readonly reason: string;
}

/** A pattern of the recipe's allowance that allows nothing. */
export interface UnusedAllowance {
  readonly kind: "unused-allowance";
  readonly level: GapLevel;
  readonly pattern: string;
}
