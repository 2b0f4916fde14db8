import { posix } from "node:path";
import type { CopyInstruction } from "../../dockerfile/index.ts";
import { hasNoLoader } from "../base-facts.ts";
import { builtDynamically } from "../built-programs.ts";
import { type CheckContext, chainOf, lintedStages, stepsOf } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { CheckedStage, Step } from "../stages.ts";
import type { Finding, Rule } from "../types.ts";
import { expanded } from "../variables.ts";

export const dynamicProgramInScratch: Rule = {
  id: "DynamicProgramInScratch",
  group: "tare",
  severity: "warning",
  summary: "A dynamically linked program can not start in an image without a loader",
  url: ruleUrl("DynamicProgramInScratch"),
  *check(context) {
    for (const stage of lintedStages(context)) {
      const copies = [...stepsOf(chainOf(stage), "COPY", "ADD")].map(({ step }) => step);
      if (!hasNoLoader(stage.base) || copies.some((step) => mayBringLibraries(context, step))) continue;
      for (const { step } of stepsOf([stage], "COPY", "ADD")) yield* findingsOf(context, stage, step);
    }
  },
};

/** Anything that comes from or goes to a folder of libraries, or everything at once. */
function mayBringLibraries(context: CheckContext, step: Step<CopyInstruction>): boolean {
  const { sources, destination } = step.instruction;
  const texts = [...sources, destination].map((word) => textOf(context, step, word.text));
  if (texts.some((text) => /(?:^|\/)lib(?:32|64|x32|c|s)?(?:\/|$)|ld-|\.so\b|rootfs|[*?]/.test(text)))
    return true;
  return sources.some((word) => ["/", "/usr", "/usr/"].includes(textOf(context, step, word.text)));
}

function* findingsOf(
  context: CheckContext,
  stage: CheckedStage,
  step: Step<CopyInstruction>,
): Generator<Finding> {
  const { instruction } = step;
  const where = stage.base.type === "image" ? stage.base.name : "scratch";
  for (const word of instruction.sources) {
    const path = textOf(context, step, word.text);
    const from = instruction.from && stageOf(context, stage, instruction.from.text);
    const built = from && builtDynamically(context, from, posix.resolve("/", path));
    const isDynamic = !instruction.from && context.request.program?.(path) === "dynamic";
    const name = posix.basename(path);
    if (isDynamic)
      yield {
        range: instruction.range,
        message: `${name} is dynamically linked, and ${where} has neither its loader nor its libraries`,
        hint: "link it statically, or use a base that has the C library",
      };
    else if (built !== undefined)
      yield {
        range: instruction.range,
        message: `${name} is probably dynamically linked, and ${where} has neither its loader nor its libraries`,
        hint: built,
      };
  }
}

/** `--from` names an earlier stage, by name or by number. */
function stageOf(
  { stages, request }: CheckContext,
  stage: CheckedStage,
  name: string,
): CheckedStage | undefined {
  const wanted = name.toLowerCase();
  if (request.namedContexts[wanted] !== undefined) return undefined;
  const earlier = stages.slice(0, stage.stage.index);
  return (
    earlier.findLast((each) => each.name === wanted) ??
    (/^\d+$/.test(name) ? earlier[Number(name)] : undefined)
  );
}

function textOf({ dockerfile }: CheckContext, { variables }: Step, text: string): string {
  return expanded(text, variables, dockerfile.escape)?.text ?? text;
}
