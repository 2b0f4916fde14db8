import { weighImage } from "../../api/index.ts";
import { takeOne } from "../arguments.ts";
import { given, platformFlag } from "../base-flags.ts";
import type { Command } from "../command.ts";
import { oneOf } from "../one-of.ts";
import { parseBytes } from "../step-flags.ts";
import { humanSize } from "../units.ts";
import { weightMarkdown, weightTable } from "../weight-text.ts";

export const command: Command = {
  spec: {
    name: "weigh",
    summary: "Tell what every byte of an image is for: packages, COPY, RUN, the recipe of its base",
    usage: "IMAGE",
    flags: [
      {
        name: "format",
        type: "string",
        value: "table|json|markdown",
        description: "how to print (default: table)",
      },
      {
        name: "max-unexplained",
        type: "string",
        value: "SIZE",
        description: "exit with 2 when more bytes than these have no known cause: 0, 500k, 10m",
      },
      platformFlag,
    ],
    examples: [
      "tare weigh app",
      "tare weigh --max-unexplained 0 app",
      "tare weigh --format markdown app >> comment.md",
    ],
  },
  async run(flags, { out, err, env, signal }) {
    const image = takeOne("weigh", flags);
    const format = oneOf("format", flags.string("format") ?? "table", ["table", "json", "markdown"] as const);
    const most = flags.string("max-unexplained");
    const limit = most === undefined ? undefined : parseBytes("max-unexplained", most);
    const request = {
      image,
      environment: env,
      ...given("root", flags.string("root")),
      ...given("platform", flags.string("platform")),
    };
    const weight = await weighImage(request, undefined, signal);
    if (format === "json") out(`${JSON.stringify(weight, null, 2)}\n`);
    else out(format === "markdown" ? weightMarkdown(weight) : weightTable(weight));
    if (limit === undefined || weight.unexplained <= limit) return 0;
    err.write(`${humanSize(weight.unexplained)} have no known cause, and at most ${humanSize(limit)} may\n`);
    return 2;
  },
};
