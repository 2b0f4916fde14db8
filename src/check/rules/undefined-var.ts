import { TareError } from "../../base/index.ts";
import { type ArgInstruction, expandWord } from "../../dockerfile/index.ts";
import { editDistance } from "../../text/index.ts";
import { isEnvironmentKnown } from "../base-facts.ts";
import { type CheckContext, triggeredStages } from "../context.ts";
import { type ExpandedText, expandedTexts } from "../expanded-words.ts";
import { nearVariable } from "../near-name.ts";
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
    const comparisons = { left: COMPARISONS };
    for (const stage of triggeredStages(context))
      for (const step of stage.steps)
        for (const { name, known } of unmatched(context, step)) {
          const near = nearName(name, {
            known: upTo(comparisons, known),
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

/** Every name that is not set is compared with all that are: with thousands of both nobody waits for what was meant. */
const COMPARISONS = 300_000;

function* upTo<T>(budget: { left: number }, items: Iterable<T>): Generator<T> {
  for (const item of items) {
    if (budget.left-- <= 0) return;
    yield item;
  }
}

/**
 * The variable that was probably meant, "" for none. A base that is not here may set any variable, so a name is
 * reported only when it is a slip of the finger away from one that is set; undefined then.
 */
function nearName(
  name: string,
  { known, sure }: { readonly known: Iterable<string>; readonly sure: boolean },
): string | undefined {
  const near = nearVariable(name, known);
  if (sure) return near ?? "";
  const isSlip = near !== undefined && name.length > 4 && editDistance(name, near) === 1;
  return isSlip ? near : undefined;
}

/** A name that is not set, and those that are. */
interface Unmatched {
  readonly name: string;
  readonly known: Iterable<string>;
}

/** The names that an instruction asks for and that neither a variable nor an ARG has. */
function unmatched(context: CheckContext, { instruction, variables, args }: Step): readonly Unmatched[] {
  if (instruction.keyword === "ARG") return unmatchedInArg(context, { instruction, variables, args });
  return expandedTexts(instruction)
    .flatMap((text) => unmatchedIn(context, text, variables))
    .filter((name) => !args.has(name))
    .map((name) => ({ name, known: variables.keys() }));
}

/** Of an ARG only the defaults that count are looked at; each sees the names in front of it. */
function unmatchedInArg(
  context: CheckContext,
  { instruction, variables, args }: Pick<Step<ArgInstruction>, "instruction" | "variables" | "args">,
): readonly Unmatched[] {
  return instruction.pairs.flatMap(({ key, value }, index) => {
    if (!value || context.request.buildArgs[key.text] !== undefined) return [];
    const before = instruction.pairs.slice(0, index).map((pair) => pair.key.text);
    return unmatchedIn(context, { text: value.text, isHeredoc: false }, variables)
      .filter((name) => !args.has(name) && !before.includes(name))
      .map((name) => ({ name, known: [...variables.keys(), ...before] }));
  });
}

function unmatchedIn(
  { dockerfile }: CheckContext,
  { text, isHeredoc }: ExpandedText,
  variables: Step["variables"],
): readonly string[] {
  try {
    const escape = isHeredoc ? "\\" : dockerfile.escape;
    const options = { escape, ignoreQuotes: isHeredoc } as const;
    return expandWord(text, (name) => variables.get(name), options).unmatched.filter(
      (name) => !FOR_BUILDER.has(name),
    );
  } catch (error) {
    if (error instanceof TareError) return [];
    throw error;
  }
}

/** These speak to the builder and are no variables of a stage. */
const FOR_BUILDER: ReadonlySet<string> = new Set(["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"]);
