import { suggest, TareError } from "../api/index.ts";
import type { CommandSpec, Parsed } from "./flags.ts";
import { helpText } from "./help.ts";
import type { Terminal } from "./terminal.ts";

/** A group without one of its verbs: its help; `user-bad-flag` for a verb that there is not. */
export async function runGroup(
  spec: CommandSpec,
  { flags, terminal }: { readonly flags: Parsed; readonly terminal: Terminal },
): Promise<number> {
  const [verb] = flags.args;
  if (verb === undefined) {
    terminal.out(helpText(spec));
    return 0;
  }
  const names = (spec.verbs ?? []).map(({ name }) => name.slice(`${spec.name} `.length));
  const near = suggest(verb, names);
  throw new TareError("user-bad-flag", `unknown verb: tare ${spec.name} ${verb}`, {
    hint:
      near === undefined ? `the verbs are ${names.join(", ")}` : `did you mean tare ${spec.name} ${near}?`,
  });
}
