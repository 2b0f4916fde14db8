import { containerLog, TareError } from "../../api/index.ts";
import { takeOne } from "../arguments.ts";
import type { Command } from "../command.ts";
import { containerChoice } from "../each-container.ts";
import { parseMoment } from "../moment.ts";

export const command: Command = {
  spec: {
    name: "logs",
    summary: "Show what a detached container has written",
    usage: "CONTAINER",
    flags: [
      { name: "follow", short: "f", type: "boolean", description: "go on until it ends" },
      {
        name: "tail",
        short: "n",
        type: "string",
        value: "N|all",
        description: "only the last lines (default: all)",
      },
      {
        name: "since",
        type: "string",
        value: "TIME",
        description: "nothing before: 2026-01-31T12:00:00, seconds since 1970, or how long ago, 10m",
      },
      { name: "until", type: "string", value: "TIME", description: "nothing after, in the same forms" },
      { name: "timestamps", short: "t", type: "boolean", description: "show when each line was written" },
    ],
    examples: ["tare logs -f --tail 20 web"],
  },
  async run(flags, terminal) {
    const container = takeOne("logs", flags);
    const tail = flags.string("tail") ?? "all";
    if (!/^(all|-1|\d+)$/.test(tail))
      throw new TareError("user-bad-flag", `invalid value ${JSON.stringify(tail)} for --tail`, {
        hint: "write --tail 20, or all",
      });
    const now = Date.now();
    const [since, until] = (["since", "until"] as const).map((flag) => {
      const text = flags.string(flag);
      return text === undefined ? undefined : parseMoment(text, { flag: `--${flag}`, now });
    });
    const choice = {
      ...containerChoice(container, { flags, terminal }),
      follow: flags.boolean("follow"),
      ...(/^\d+$/.test(tail) && { tail: Number(tail) }),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
    };
    for await (const { log, stream, time } of containerLog(choice, terminal.signal)) {
      const line = flags.boolean("timestamps") ? `${time} ${log}` : log;
      if (stream === "stdout") terminal.out(line);
      else terminal.err.write(line);
    }
    return 0;
  },
};
