import { TareError } from "../../base/index.ts";
import { expandWord } from "../../dockerfile/index.ts";
import { editDistance, suggest } from "../../text/index.ts";
import { isEnvironmentKnown } from "../base-facts.ts";
import { type CheckContext, lintedStages } from "../context.ts";
import { type ExpandedText, expandedTexts } from "../expanded-words.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Step } from "../stages.ts";
import type { Rule } from "../types.ts";

export const undefinedVar: Rule = {
  id: "UndefinedVar",
  group: "buildkit",
  severity: "warning",
  summary: "Variables should be defined before their use",
  url: ruleUrl("UndefinedVar"),
  *check(context) {
    for (const stage of lintedStages(context))
      for (const step of stage.steps)
        for (const text of textsOf(context, step))
          for (const name of unmatched(context, step, text)) {
            const near = nearName(name, {
              known: [...step.variables.keys()],
              sure: isEnvironmentKnown(stage.base),
            });
            if (near === undefined) continue;
            const meant = near === "" ? "" : ` (did you mean $${near}?)`;
            yield {
              range: step.instruction.range,
              message: `Usage of undefined variable '$${name}'${meant}`,
            };
          }
  },
};

/**
 * The variable that was probably meant, "" for none. A base that is not here may set any variable, so a name is
 * reported only when it is a slip of the finger away from one that is set; undefined then.
 */
function nearName(
  name: string,
  { known, sure }: { readonly known: readonly string[]; readonly sure: boolean },
): string | undefined {
  const near = name.length < 3 ? undefined : suggest(name, known);
  if (sure) return near ?? "";
  const isSlip = near !== undefined && name.length > 4 && editDistance(name, near) === 1;
  return isSlip ? near : undefined;
}

/** The default of an ARG counts only when nobody gives a value. */
function textsOf({ request }: CheckContext, { instruction }: Step): readonly ExpandedText[] {
  if (instruction.keyword !== "ARG") return expandedTexts(instruction);
  return instruction.pairs
    .filter(({ key, value }) => value && request.buildArgs[key.text] === undefined)
    .map(({ value }) => ({ text: value?.text ?? "", isHeredoc: false }));
}

function unmatched(
  { dockerfile }: CheckContext,
  { variables, args }: Step,
  { text, isHeredoc }: ExpandedText,
): readonly string[] {
  try {
    const escape = isHeredoc ? "\\" : dockerfile.escape;
    const options = { escape, ignoreQuotes: isHeredoc } as const;
    return expandWord(text, (name) => variables.get(name), options).unmatched.filter(
      (name) => !args.has(name),
    );
  } catch (error) {
    if (error instanceof TareError) return [];
    throw error;
  }
}
