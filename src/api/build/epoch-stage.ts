import { type SourceRange, TareError } from "../../base/index.ts";
import {
  type CopyInstruction,
  type Dockerfile,
  expandWord,
  type KeyValue,
  type Stage,
} from "../../dockerfile/index.ts";
import { locationOf } from "../../frontend/index.ts";
import { isRemoteAddress } from "./remote-context.ts";

type BuildArgs = Readonly<Record<string, string>>;

/** The ARGs before the first FROM; build arguments win over defaults. */
export function argumentValues(dockerfile: Dockerfile, buildArgs: BuildArgs): Map<string, string> {
  const values = new Map<string, string>();
  for (const { pairs } of dockerfile.globalArgs) setArguments(values, pairs, { dockerfile, buildArgs });
  return values;
}

/**
 * The address that a stage adds. One whose time SOURCE_DATE_EPOCH takes is `FROM scratch` and one ADD of one address, with
 * ARGs at most (`user-dockerfile-semantics` with the place).
 */
export function stageSource(dockerfile: Dockerfile, stage: Stage, buildArgs: BuildArgs): string {
  const refuse = (message: string, range: SourceRange) => {
    const hint = "SOURCE_DATE_EPOCH takes the time of a stage that is FROM scratch and one ADD of an address";
    throw new TareError("user-dockerfile-semantics", message, {
      hint,
      location: locationOf(dockerfile, range),
    });
  };
  const values = argumentValues(dockerfile, buildArgs);
  const expanded = (text: string) =>
    expandWord(text, (name) => values.get(name), { escape: dockerfile.escape }).text;
  const { from, instructions } = stage;
  if (expanded(from.image.text) !== "scratch") refuse("a stage with a time must be FROM scratch", from.range);
  const adds: CopyInstruction[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === "ARG") setArguments(values, instruction.pairs, { dockerfile, buildArgs });
    else if (instruction.keyword === "ADD" && adds.length === 0) adds.push(instruction);
    else refuse(`${instruction.keyword} in a stage whose time is asked for`, instruction.range);
  }
  const [add] = adds;
  const address =
    add?.heredocs.length === 0 && add.sources.length === 1 ? expanded(add.sources[0]?.text ?? "") : "";
  if (!isRemoteAddress(address)) refuse("no address whose time could be taken", (add ?? from).range);
  return address;
}

function setArguments(
  values: Map<string, string>,
  pairs: readonly KeyValue[],
  { dockerfile: { escape }, buildArgs }: { readonly dockerfile: Dockerfile; readonly buildArgs: BuildArgs },
): void {
  for (const { key, value } of pairs) {
    const given = buildArgs[key.text];
    if (given !== undefined) values.set(key.text, given);
    else if (value) values.set(key.text, expandWord(value.text, (name) => values.get(name), { escape }).text);
  }
}
