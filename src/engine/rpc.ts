import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { type ErrorCode, type ErrorFacts, TareError } from "../base/index.ts";

/** What the caller sends: one request, then whatever happens while it runs. JSON, one a line. */
export type ToEngine =
  | {
      readonly type: "call";
      readonly method: string;
      readonly params: unknown;
      /** The process that made the engine's namespaces, as the caller numbers it. */
      readonly launcher: number;
    }
  | { readonly type: "abort" }
  | { readonly type: "signal"; readonly name: NodeJS.Signals };

/** What the engine answers: events, then a result, an error, or that it goes on alone. */
export type FromEngine =
  | { readonly type: "event"; readonly event: unknown }
  | { readonly type: "result"; readonly result: unknown }
  | { readonly type: "error"; readonly error: ErrorData }
  | { readonly type: "released" };

/** An error on its way between processes. */
export interface ErrorData {
  /** Absent for an error that is not Tare's own. */
  readonly code?: ErrorCode;
  readonly message: string;
  readonly facts?: Omit<ErrorFacts, "cause">;
  readonly stack?: string;
}

export function writeMessage(stream: Writable, message: ToEngine | FromEngine): void {
  stream.write(`${JSON.stringify(message)}\n`);
}

/** The messages of a stream, until it ends. */
export async function* readMessages<T>(stream: Readable): AsyncGenerator<T> {
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }))
    yield JSON.parse(line) as T;
}

export function packError(error: unknown): ErrorData {
  if (!(error instanceof Error)) return { message: String(error) };
  const stack = error.stack === undefined ? {} : { stack: error.stack };
  if (!(error instanceof TareError)) return { message: error.message, ...stack };
  const { cause: _cause, ...facts } = error.facts;
  return { code: error.code, message: error.message, facts, ...stack };
}

export function unpackError({ code, message, facts, stack }: ErrorData): Error {
  const error = code === undefined ? new Error(message) : new TareError(code, message, facts);
  return stack === undefined ? error : Object.assign(error, { stack });
}
