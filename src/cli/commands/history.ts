import { imageHistory } from "../../api/index.ts";
import { takeOne } from "../arguments.ts";
import type { Command } from "../command.ts";
import { HISTORY_HEADERS, historyRows } from "../history-rows.ts";
import { platformChoice, platformFlag } from "../platform-flag.ts";
import { printRows } from "../rows.ts";

export const command: Command = {
  spec: {
    name: "history",
    summary: "Show how an image came to be, the last step first",
    usage: "IMAGE",
    flags: [
      { name: "human", short: "H", type: "boolean", description: "times and sizes for people (default)" },
      { name: "no-trunc", type: "boolean", description: "show commands and ids in full" },
      { name: "quiet", short: "q", type: "boolean", description: "only ids" },
      platformFlag,
      {
        name: "format",
        type: "string",
        value: "table|json|TEMPLATE",
        description: "how to print, for example '{{.CreatedBy}} {{.Size}}'",
      },
    ],
    examples: ["tare history calculator", "tare history --no-trunc --human=false --format json calculator"],
  },
  async run(flags, { out, env }) {
    const image = takeOne("history", flags);
    const root = flags.string("root");
    const steps = await imageHistory({
      image,
      ...platformChoice(flags),
      environment: env,
      ...(root !== undefined && { root }),
    });
    const rows = historyRows(steps, {
      now: Date.now(),
      truncate: !flags.boolean("no-trunc"),
      human: flags.string("human") !== "false",
    });
    if (flags.boolean("quiet")) for (const { ID } of rows) out(`${ID}\n`);
    else
      printRows(rows, {
        format: flags.string("format"),
        columns: ["{{.ID}}", "{{.CreatedSince}}", "{{.CreatedBy}}", "{{.Size}}", "{{.Comment}}"],
        headers: HISTORY_HEADERS,
        out,
      });
    return 0;
  },
};
