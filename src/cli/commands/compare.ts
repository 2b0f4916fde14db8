import { type Comparison, compare, TareError } from "../../api/index.ts";
import { analysisFlags, analysisRequest, numberOf, sizeOf, withProgress } from "../analysis-flags.ts";
import type { Command } from "../command.ts";
import { compareMarkdown } from "../compare-markdown.ts";
import { type CompareLook, compareLine, compareText } from "../compare-text.ts";
import { textLook } from "../fit-table.ts";
import { jsonText } from "../json-text.ts";
import { oneOf } from "../one-of.ts";
import { plainText } from "../text.ts";
import { humanSize } from "../units.ts";

export const command: Command = {
  spec: {
    name: "compare",
    summary: "Put images side by side: sizes, contents, what went away and what came",
    usage: "IMAGE IMAGE [IMAGE...]",
    flags: [
      {
        name: "format",
        type: "string",
        value: "table|markdown|json|line",
        description: "table, or line for a comment of one line for each further image (default: table)",
      },
      {
        name: "top",
        type: "string",
        value: "N",
        description: "rows of each list of packages and folders (default: 10)",
      },
      {
        name: "max-size",
        type: "string",
        value: "SIZE",
        description: "exit code 2 when a further image is larger on disk: 20MB, 1.5GiB",
      },
      {
        name: "max-ratio",
        type: "string",
        value: "N",
        description: "exit code 2 when a further image is more than N times as large as the first: 1.05",
      },
      ...analysisFlags,
    ],
    examples: [
      "tare compare calculator:full calculator",
      "tare compare --format markdown debian:13 build:final",
      "tare compare --format line --max-ratio 1.05 registry.example.com/app:1.0 ./app.tar",
    ],
  },
  async run(flags, terminal) {
    if (flags.args.length < 2)
      throw new TareError(
        "user-bad-flag",
        `tare compare needs at least 2 images, but got ${flags.args.length}`,
        {
          hint: "name images of the store or a registry, archives (./app.tar), or build:TARGET",
        },
      );
    const format = oneOf("format", flags.string("format") ?? "table", FORMATS);
    const look = { top: numberOf(flags, "top") ?? 10, ...textLook(terminal) };
    const limits = { size: sizeOf(flags, "max-size"), ratio: numberOf(flags, "max-ratio") };
    const request = { ...analysisRequest(flags, terminal), images: flags.args };
    const comparison = await withProgress(flags, terminal, (emit) => compare(request, emit, terminal.signal));
    terminal.out(written(comparison, format, look));
    const problems = beyond(comparison, limits);
    for (const problem of problems) terminal.err.write(`ERROR: ${problem}\n`);
    return problems.length > 0 ? 2 : 0;
  },
};

const FORMATS = ["table", "markdown", "json", "line"] as const;

function written(comparison: Comparison, format: (typeof FORMATS)[number], look: CompareLook): string {
  switch (format) {
    case "json":
      return jsonText(comparison);
    case "markdown":
      return compareMarkdown(comparison, look);
    case "line":
      return compareLine(comparison);
    case "table":
      return compareText(comparison, look);
  }
}

/** What the limits refuse, as sentences. */
function beyond(
  { images, metrics }: Comparison,
  { size: most, ratio }: { readonly size: number | undefined; readonly ratio: number | undefined },
): readonly string[] {
  const sizes = metrics.find(({ id }) => id === "size")?.values ?? [];
  const [first = 0] = sizes;
  return images.slice(1).flatMap(({ name }, index) => {
    const size = sizes[index + 1] ?? 0;
    const [shown, of] = [plainText(name), plainText(images[0]?.name ?? "")];
    return [
      ...(most !== undefined && size > most
        ? [`${shown} has ${humanSize(size)}, more than the ${humanSize(most)} of --max-size`]
        : []),
      ...(ratio !== undefined && size > first * ratio
        ? [
            `${shown} has ${humanSize(size)}, more than ${ratio} times the ${humanSize(first)} of ${of} (--max-ratio)`,
          ]
        : []),
    ];
  });
}
