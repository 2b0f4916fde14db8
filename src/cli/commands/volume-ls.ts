import { listVolumes } from "../../api/index.ts";
import { takeAtMost } from "../arguments.ts";
import type { Command } from "../command.ts";
import { printRows } from "../rows.ts";
import { filterVolumes, VOLUME_HEADERS, volumeRows } from "../volume-rows.ts";

export const command: Command = {
  spec: {
    name: "volume ls",
    summary: "List the volumes",
    usage: "",
    flags: [
      { name: "quiet", short: "q", type: "boolean", description: "only names" },
      {
        name: "format",
        type: "string",
        value: "table|json|TEMPLATE",
        description: "how to print, for example '{{.Name}} {{.Mountpoint}}'",
      },
      {
        name: "filter",
        short: "f",
        type: "list",
        value: "K=V",
        description: "name=, label=, driver=, dangling=true for those that no container sees",
      },
    ],
    examples: ["tare volume ls", "tare volume ls -qf dangling=true"],
  },
  async run(flags, { env, out }) {
    takeAtMost(0, "volume ls", flags);
    const root = flags.string("root");
    const listed = await listVolumes({ environment: env, ...(root !== undefined && { root }) });
    const rows = volumeRows(filterVolumes(listed, flags.list("filter")));
    if (flags.boolean("quiet")) for (const { Name } of rows) out(`${Name}\n`);
    else
      printRows(rows, {
        format: flags.string("format"),
        columns: ["{{.Driver}}", "{{.Name}}"],
        headers: VOLUME_HEADERS,
        out,
      });
    return 0;
  },
};
