import { type Command, type HealthcheckInstruction, parseDuration, type Word } from "../dockerfile/index.ts";
import type { Healthcheck } from "../oci/index.ts";
import { goDuration, goList } from "./go-format.ts";
import { withConfig, withHistory } from "./state.ts";
import type { StageState } from "./types.ts";

/** HEALTHCHECK: the last one counts; NONE switches a base's off. */
export function applyHealthcheck(state: StageState, instruction: HealthcheckInstruction): StageState {
  const check = healthcheckOf(instruction);
  return withHistory(withConfig(state, { Healthcheck: check }), `HEALTHCHECK ${describe(check)}`, false);
}

function healthcheckOf(instruction: HealthcheckInstruction): Healthcheck {
  if (!instruction.test) return { Test: ["NONE"] };
  const { interval, timeout, startPeriod, startInterval, retries } = instruction;
  return {
    Test: testOf(instruction.test),
    ...duration("Interval", interval),
    ...duration("Timeout", timeout),
    ...duration("StartPeriod", startPeriod),
    ...duration("StartInterval", startInterval),
    ...(retries && Number(retries.text) > 0 && { Retries: Number(retries.text) }),
  };
}

function testOf(command: Command): readonly string[] {
  return command.form === "exec" ? ["CMD", ...command.args] : ["CMD-SHELL", command.text];
}

function duration<K extends string>(key: K, word: Word | undefined): { readonly [P in K]?: number } {
  const value = word === undefined ? 0 : parseDuration(word.text);
  return (value === 0 ? {} : { [key]: value }) as { readonly [P in K]?: number };
}

/** As `%+v` prints the reference's struct. */
function describe(check: Healthcheck): string {
  const times = (["Interval", "Timeout", "StartPeriod", "StartInterval"] as const).map(
    (key) => `${key}:${goDuration(check[key] ?? 0)}`,
  );
  return `{Test:${goList(check.Test)} ${times.join(" ")} Retries:${check.Retries ?? 0}}`;
}
