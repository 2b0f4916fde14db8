import { diffImages, TareError } from "../../api/index.ts";
import type { Command } from "../command.ts";
import { DIFF_HEADERS, diffLine, diffRow, diffSummary } from "../diff-text.ts";
import { jsonText } from "../json-text.ts";
import { parseTemplate } from "../template.ts";

export const command: Command = {
  spec: {
    name: "diff",
    summary: "Show which files two images differ in, or what the last layer of one has changed",
    usage: "IMAGE [IMAGE]",
    flags: [
      {
        name: "format",
        type: "string",
        value: "json|TEMPLATE",
        description:
          "one JSON document, or a line for each path, for example '{{.Kind}} {{.Path}} {{.Bytes}}'",
      },
      { name: "quiet", short: "q", type: "boolean", description: "only the sums" },
    ],
    examples: ["tare diff calculator:1.0 calculator:2.0", "tare diff --format json calculator"],
  },
  async run(flags, { out, env, signal }) {
    const [before, after, ...more] = flags.args;
    if (before === undefined || more.length > 0)
      throw new TareError("user-bad-flag", `tare diff takes 1 or 2 images, but got ${flags.args.length}`, {
        hint: "`tare images` lists the images",
      });
    const format = flags.string("format") ?? "";
    const template = format === "" || format === "json" ? undefined : parseTemplate(format, DIFF_HEADERS);
    const root = flags.string("root");
    const choice = { environment: env, ...(root !== undefined && { root }) };
    const request = { ...choice, before, ...(after !== undefined && { after }) };
    const changes = await diffImages(request, signal);
    if (format === "json") out(jsonText({ before, after, changes }));
    else if (template) for (const change of changes) out(`${template.render(diffRow(change))}\n`);
    else {
      if (!flags.boolean("quiet")) for (const change of changes) out(diffLine(change));
      out(diffSummary(changes));
    }
    return 0;
  },
};
