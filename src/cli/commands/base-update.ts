import { updateBase } from "../../api/index.ts";
import { accessOf, exactly, mirrorFlag, tellTargets } from "../base-flags.ts";
import { updateTables } from "../base-tables.ts";
import type { Command } from "../command.ts";
import { jsonText } from "../json-text.ts";
import { oneOf } from "../one-of.ts";

const SAID = {
  written: (lock: string) => `wrote ${lock}\n`,
  unchanged: (lock: string) => `${lock} is unchanged\n`,
  kept: (lock: string) => `${lock} is left as it was\n`,
} as const;

export const command: Command = {
  spec: {
    name: "base update",
    summary: "Move a lock to today's packages, and show what moves and which CVEs that fixes",
    usage: "FILE.yaml[:VERSION]",
    flags: [
      {
        name: "dry-run",
        short: "n",
        type: "boolean",
        description: "show what would move, and keep the lock",
      },
      { name: "format", type: "string", value: "table|json", description: "how to print (default: table)" },
      mirrorFlag,
    ],
    examples: ["tare base update --dry-run ours.yaml", "tare base update ours.yaml"],
  },
  async run(flags, terminal) {
    const [reference] = exactly(1, flags, "tare base update FILE.yaml");
    const format = oneOf("format", flags.string("format") ?? "table", ["table", "json"] as const);
    const request = {
      ...accessOf(flags, terminal.env),
      reference,
      dryRun: flags.boolean("dry-run"),
      onTarget: tellTargets(terminal),
    };
    const update = await updateBase(request, terminal.signal);
    if (format === "json") terminal.out(jsonText(update));
    else terminal.out(updateTables(update) + SAID[update.outcome](update.lock));
    return 0;
  },
};
