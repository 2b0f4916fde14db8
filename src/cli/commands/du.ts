import { storeUsage } from "../../api/index.ts";
import { takeAtMost } from "../arguments.ts";
import type { Command } from "../command.ts";
import { printRows } from "../rows.ts";
import { filterUsage, USAGE_HEADERS, usageBlock, usageRows, usageSummary } from "../usage-rows.ts";

export const command: Command = {
  spec: {
    name: "du",
    summary:
      "Show what takes space: layers with the instructions that made them, containers, cache mounts, packages",
    usage: "",
    flags: [
      { name: "verbose", type: "boolean", description: "all that is known of each, instead of columns" },
      {
        name: "filter",
        type: "list",
        value: "K=V",
        description: "until=24h, id=, parent=, type=, description=, inuse[=false], shared, mutable",
      },
      {
        name: "format",
        type: "string",
        value: "table|json|TEMPLATE",
        description: "how to print, for example '{{.ID}} {{.Size}} {{.Description}}'",
      },
    ],
    examples: ["tare du", "tare du --filter until=72h --verbose", "tare du --format json"],
  },
  async run(flags, { out, env, signal }) {
    takeAtMost(0, "du", flags);
    const root = flags.string("root");
    const [now, filters, format] = [Date.now(), flags.list("filter"), flags.string("format")];
    const isTable = format === undefined || format === "" || format === "table";
    // Filters that make no sense are told before anything is counted.
    filterUsage([], { filters, now });
    const all = await storeUsage({ environment: env, ...(root !== undefined && { root }) }, signal);
    const records = filterUsage(all, { filters, now });
    const verbose = flags.boolean("verbose") && isTable;
    const rows = usageRows(records, { now, stars: isTable && !verbose });
    if (verbose) for (const row of rows) out(usageBlock(row));
    else
      printRows(rows, {
        format,
        columns: ["{{.ID}}", "{{.Reclaimable}}", "{{.Size}}", "{{.LastUsedAt}}"],
        headers: USAGE_HEADERS,
        out,
      });
    if (isTable && filters.length === 0) out(usageSummary(records));
    return 0;
  },
};
