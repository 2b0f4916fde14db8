import { type ImageWeight, weighImage } from "../../api/index.ts";
import { analysisFlags, analysisRequest, sizeOf, withProgress } from "../analysis-flags.ts";
import { takeOne } from "../arguments.ts";
import type { Command } from "../command.ts";
import { jsonText } from "../json-text.ts";
import { oneOf } from "../one-of.ts";
import type { Terminal } from "../terminal.ts";
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
        description: "exit code 2 when more bytes have no known cause: 0, 500kB",
      },
      ...analysisFlags,
    ],
    examples: [
      "tare weigh app",
      "tare weigh --max-unexplained 0 app",
      "tare weigh --format markdown build:app",
    ],
  },
  async run(flags, terminal) {
    const image = takeOne("weigh", flags);
    const format = oneOf("format", flags.string("format") ?? "table", ["table", "json", "markdown"] as const);
    const limit = sizeOf(flags, "max-unexplained");
    const request = { ...analysisRequest(flags, terminal), image };
    const weight = await withProgress(flags, terminal, (emit) => weighImage(request, emit, terminal.signal));
    terminal.out(written(weight, format, terminal));
    if (limit === undefined || weight.unexplained <= limit) return 0;
    const found = `${humanSize(weight.unexplained)} have no known cause`;
    terminal.err.write(`ERROR: ${found}, more than the ${humanSize(limit)} of --max-unexplained\n`);
    return 2;
  },
};

function written(weight: ImageWeight, format: "table" | "json" | "markdown", terminal: Terminal): string {
  switch (format) {
    case "json":
      return jsonText(weight);
    case "markdown":
      return weightMarkdown(weight);
    case "table":
      return weightTable(weight, terminal);
  }
}
