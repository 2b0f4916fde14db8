import { TareError } from "../../base/index.ts";

/** Who names an image of the store, or a file, may not have thought of a registry: its error says, too, what was perhaps meant. */
export function alsoHint(error: unknown, meant: string): unknown {
  if (!(error instanceof TareError) || !/^(resolve|registry)-/.test(error.code)) return error;
  const hint = [error.facts.hint, meant].filter(Boolean).join("; ");
  return new TareError(error.code, error.message, { ...error.facts, hint });
}
