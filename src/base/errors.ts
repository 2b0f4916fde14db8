import { defined } from "./objects.ts";

/** A point in a text file: 1-based line, 1-based column in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A stretch of a text file; `end` is exclusive in its column, inclusive in its line. */
export interface SourceRange {
  readonly start: Position;
  readonly end: Position;
}

/** A range together with the file it is in, complete enough to print an excerpt. */
export interface SourceLocation {
  readonly file: string;
  readonly source: string;
  readonly range: SourceRange;
}

/**
 * What went wrong, in the words of a program. The family (the part before the first dash) says whose
 * turn it is: the user's (`user-`), the data's (`integrity-`), a registry's or mirror's (`registry-`),
 * a name that resolves to nothing (`resolve-`), a step's own process (`exec-`), this machine's
 * (`environment-`) or ours (`internal-`).
 */
export type ErrorCode =
  | "user-dockerfile-syntax"
  | "user-dockerfile-semantics"
  | "user-unsupported"
  | "user-bad-flag"
  | "user-bad-reference"
  | "user-bad-recipe"
  | "user-bad-settings"
  | "user-bad-lock"
  | "user-stale-lock"
  | "user-bad-login"
  | "user-context"
  | "user-conflict"
  | "user-cancelled"
  | "integrity-digest"
  | "integrity-archive"
  | "integrity-signature"
  | "integrity-store"
  | "registry-unreachable"
  | "registry-refused"
  | "resolve-image"
  | "resolve-container"
  | "resolve-volume"
  | "resolve-stage"
  | "resolve-path"
  | "resolve-package"
  | "resolve-incomplete"
  | "resolve-user"
  | "resolve-git"
  | "exec-failed"
  | "exec-not-found"
  | "exec-not-executable"
  | "environment-namespaces"
  | "environment-runtime"
  | "environment-disk"
  | "environment-missing"
  | "internal-bug";

/** Further facts of an error, each of them printed when it is there. */
export interface ErrorFacts {
  /** What the user can do about it: one sentence, imperative. Mandatory for `environment-*`. */
  readonly hint?: string;
  /** The Dockerfile lines that led here. */
  readonly location?: SourceLocation;
  /** The last lines that the failing process wrote. */
  readonly log?: readonly string[];
  /** The exit code of the failing process. */
  readonly exitCode?: number;
  /** Whether trying again may help. */
  readonly retryable?: boolean;
  /** The name that it is about, for whoever knows where that is written. */
  readonly subject?: string;
  /** Seconds that the other side asks to wait before the next try. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/** The one error that Tare throws on purpose. Anything else that escapes is a bug. */
export class TareError extends Error {
  override readonly name = "TareError";
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  /** `message` says what failed and which thing it was, without a final full stop. */
  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.facts = facts;
  }
}

/** The same error with facts added; those that it has already win, where they say something. */
export function withFacts(error: TareError, facts: ErrorFacts): TareError {
  return new TareError(error.code, error.message, { ...facts, ...defined(error.facts) });
}

/** Ends a `switch` over a tagged union: the compiler proves that it is never reached. */
export function assertNever(value: never): never {
  throw new TareError("internal-bug", `unexpected value: ${JSON.stringify(value)}`);
}

/** Whether `error` is a system error with one of these codes, such as `ENOENT`; without codes, any. */
export function isSystemError(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  if (!(error instanceof Error && "code" in error && "syscall" in error)) return false;
  return codes.length === 0 || codes.includes(String(error.code));
}

/** Rejects with `user-cancelled` once `signal` is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new TareError("user-cancelled", "cancelled", { cause: signal.reason });
}

/** What was read, or undefined where that is damaged (`integrity-*`) and counts as absent. */
export async function unlessDamaged<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof TareError && error.code.startsWith("integrity-")) return undefined;
    throw error;
  }
}
