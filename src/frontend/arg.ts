import { added } from "../base/index.ts";
import type { ArgInstruction, KeyValue } from "../dockerfile/index.ts";
import { expand } from "./expansion.ts";
import type { Converter } from "./stage.ts";
import { withHistory, withVariable } from "./state.ts";
import type { StageState } from "./types.ts";

/**
 * ARG: a build argument's value wins over the default, a global ARG's is taken by `ARG NAME` alone.
 * The last of ARG and ENV to name a variable sets it; only ENV reaches the image.
 */
export function applyArg(converter: Converter, before: StageState, instruction: ArgInstruction): StageState {
  let state = before;
  const shown: string[] = [];
  for (const pair of instruction.pairs) {
    const key = pair.key.text;
    const value = valueOf(converter, state, pair);
    if (value !== undefined && !SCAN_ARGS.has(key)) state = withVariable(state, key, value);
    state = { ...state, args: added(state.args, key, value ?? "") };
    shown.push(value === undefined ? key : `${key}=${value}`);
  }
  return withHistory(state, `ARG ${shown.join(" ")}`, false);
}

/** These speak to the builder alone, no process sees them. */
const SCAN_ARGS: ReadonlySet<string> = new Set(["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"]);

function valueOf(converter: Converter, state: StageState, { key, value }: KeyValue): string | undefined {
  const given = converter.request.buildArgs[key.text];
  if (given !== undefined) return given;
  return value === undefined ? converter.globals.get(key.text) : expand(converter, state, value);
}
