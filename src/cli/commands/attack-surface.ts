import { findAttackSurface } from "../../api/index.ts";
import { analysisFlags, analysisRequest, numberOf, withProgress } from "../analysis-flags.ts";
import { takeOne } from "../arguments.ts";
import { attackText } from "../attack-text.ts";
import type { Command } from "../command.ts";
import { textLook } from "../fit-table.ts";
import { jsonText } from "../json-text.ts";
import { oneOf } from "../one-of.ts";

export const command: Command = {
  spec: {
    name: "attack-surface",
    summary: "Count what an attacker would find in an image: shells, tools, set-uid files, secrets",
    usage: "IMAGE",
    flags: [
      {
        name: "format",
        type: "string",
        value: "table|json",
        description: "json has every finding (default: table)",
      },
      { name: "top", type: "string", value: "N", description: "findings of each kind to list (default: 5)" },
      {
        name: "max",
        type: "string",
        value: "N",
        description:
          "exit code 2 when the score is higher; docs/attack-surface.md says what it is the sum of",
      },
      ...analysisFlags,
    ],
    examples: ["tare attack-surface calculator", "tare attack-surface --max 50 build:final"],
  },
  async run(flags, terminal) {
    const image = takeOne("attack-surface", flags);
    const format = oneOf("format", flags.string("format") ?? "table", ["table", "json"] as const);
    const look = { top: numberOf(flags, "top") ?? 5, ...textLook(terminal) };
    const most = numberOf(flags, "max");
    const request = { ...analysisRequest(flags, terminal), image };
    const surface = await withProgress(flags, terminal, (emit) =>
      findAttackSurface(request, emit, terminal.signal),
    );
    terminal.out(format === "json" ? jsonText(surface) : attackText(surface, look));
    if (most === undefined || surface.score <= most) return 0;
    terminal.err.write(`ERROR: the attack surface is ${surface.score}, more than the ${most} of --max\n`);
    return 2;
  },
};
