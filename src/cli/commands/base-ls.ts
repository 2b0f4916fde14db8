import { listBases } from "../../api/index.ts";
import { takeAtMost } from "../arguments.ts";
import type { Command } from "../command.ts";
import { printRows } from "../rows.ts";

const HEADERS = {
  Name: "NAME",
  Releases: "RELEASES",
  Platforms: "PLATFORMS",
  Description: "DESCRIPTION",
} as const;

const COLUMNS = ["{{.Name}}", "{{.Releases}}", "{{.Platforms}}", "{{.Description}}"];

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
    const rows = bases.map(({ name, description, releases, architectures }) => ({
      Name: name,
      Releases: releases.join(", "),
      Platforms: architectures.map((architecture) => `linux/${architecture}`).join(", "),
      Description: description,
    }));
    printRows(rows, { format: flags.string("format"), columns: COLUMNS, headers: HEADERS, out });
    return 0;
  },
};
