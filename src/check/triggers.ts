import { TareError } from "../base/index.ts";
import { parseInstructionLine, type Stage, type StageInstruction } from "../dockerfile/index.ts";
import type { Base } from "./base-image.ts";

/**
 * What ONBUILD of the stage or image below makes of a stage before its own first instruction, at the place of FROM. One
 * that does not parse is for the build to tell.
 */
export function triggersOf(
  { from }: Stage,
  below: { readonly parent: Stage | undefined; readonly base: Base },
): readonly StageInstruction[] {
  return textsOf(below).flatMap((text) => {
    try {
      const instruction = parseInstructionLine(text, { file: `ONBUILD of ${from.image.text}`, escape: "\\" });
      return [{ ...instruction, range: from.range }];
    } catch (error) {
      if (error instanceof TareError) return [];
      throw error;
    }
  });
}

function textsOf({ parent, base }: Parameters<typeof triggersOf>[1]): readonly string[] {
  if (!parent) return (base.type === "image" && base.known?.config.OnBuild) || [];
  return parent.instructions.flatMap((each) => (each.keyword === "ONBUILD" ? [each.trigger] : []));
}
