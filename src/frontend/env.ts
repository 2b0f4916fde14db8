import type { KeyValueInstruction } from "../dockerfile/index.ts";
import { expand } from "./expansion.ts";
import type { Converter } from "./stage.ts";
import { splitPair, withConfig, withHistory, withVariable } from "./state.ts";
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
    state = withConfig(withVariable(state, key, value), {
      Env: replaced(state.image.config.Env ?? [], key, value),
    });
  }
  return withHistory(state, ["ENV", ...pairs.map(([key, value]) => `${key}=${value}`)].join(" "), false);
}

/** A variable keeps its place in the list when its value changes. */
function replaced(env: readonly string[], key: string, value: string): readonly string[] {
  const at = env.findIndex((pair) => splitPair(pair)[0] === key);
  return at < 0 ? [...env, `${key}=${value}`] : env.with(at, `${key}=${value}`);
}
