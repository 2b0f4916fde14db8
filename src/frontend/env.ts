import { added } from "../base/index.ts";
import type { KeyValueInstruction } from "../dockerfile/index.ts";
import { expand } from "./expansion.ts";
import type { Converter } from "./stage.ts";
import { withGrown, withHistory, withVariable } from "./state.ts";
import type { StageState } from "./types.ts";

/** ENV: all values of one instruction see the variables as they were before it. */
export function applyEnv(
  converter: Converter,
  before: StageState,
  instruction: KeyValueInstruction,
): StageState {
  const pairs = instruction.pairs.map(
    ({ key, value }) => [expand(converter, before, key), expand(converter, before, value ?? "")] as const,
  );
  let state = before;
  for (const [key, value] of pairs) {
    state = withGrown(withVariable(state, key, value), {
      Env: added(state.grown.Env, key, `${key}=${value}`),
    });
  }
  return withHistory(state, ["ENV", ...pairs.map(([key, value]) => `${key}=${value}`)].join(" "), false);
}
