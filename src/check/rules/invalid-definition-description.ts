import { allInstructions, type Instruction } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";

export const invalidDefinitionDescription: Rule = {
  id: "InvalidDefinitionDescription",
  group: "buildkit",
  severity: "warning",
  summary:
    "Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`. If this is not intended to be a description comment, add an empty line or comment between the instruction and the comment.",
  url: ruleUrl("InvalidDefinitionDescription"),
  experimental: true,
  *check({ dockerfile }) {
    for (const instruction of allInstructions(dockerfile)) {
      const names = namesOf(instruction);
      const comment = instruction.description?.split("\n").at(-1);
      if (names.length === 0 || comment === undefined || names.includes(comment.split(" ")[0] as string))
        continue;
      const example = names.length > 1 ? "<arg_key>" : names[0];
      yield {
        range: instruction.range,
        message: `Comment for ${instruction.keyword} should follow the format: \`# ${example} <description>\``,
      };
    }
  },
};

function namesOf(instruction: Instruction): readonly string[] {
  if (instruction.keyword === "FROM") return instruction.alias ? [instruction.alias.text.toLowerCase()] : [];
  return instruction.keyword === "ARG" ? instruction.pairs.map(({ key }) => key.text) : [];
}
