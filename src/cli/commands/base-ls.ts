import { listBases } from "../../api/index.ts";
import { takeAtMost } from "../arguments.ts";
import type { Command } from "../command.ts";
import { alignColumns, parseTemplate } from "../template.ts";

const HEADERS = {
  Name: "NAME",
  Releases: "RELEASES",
  Platforms: "PLATFORMS",
  Description: "DESCRIPTION",
} as const;

export const command: Command = {
  spec: {
    name: "base ls",
    summary: "List the recipes that ship; the first release is the default",
    usage: "",
    flags: [
      {
        name: "format",
        type: "string",
        value: "table|json|TEMPLATE",
        description: "how to print, for example '{{.Name}} {{.Releases}}'",
      },
    ],
    examples: ["tare base ls", "tare base ls --format '{{.Name}}'"],
  },
  async run(flags, { out }) {
    takeAtMost(0, "base ls", flags);
    const bases = await listBases();
    const format = flags.string("format") || "table";
    const template = parseTemplate(templateText(format), HEADERS);
    const lines = bases.map(({ name, description, releases, architectures }) =>
      template.render({
        Name: name,
        Releases: releases.join(", "),
        Platforms: architectures.map((architecture) => `linux/${architecture}`).join(", "),
        Description: description,
      }),
    );
    for (const line of template.table ? alignColumns([template.header, ...lines]) : lines) out(`${line}\n`);
    return 0;
  },
};

function templateText(format: string): string {
  if (format === "json") return "{{json .}}";
  return format === "table" ? "table {{.Name}}\t{{.Releases}}\t{{.Platforms}}\t{{.Description}}" : format;
}
