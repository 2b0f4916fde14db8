import { listContainers, TareError } from "../../api/index.ts";
import { takeAtMost } from "../arguments.ts";
import type { Command } from "../command.ts";
import { CONTAINER_HEADERS, containerRows, filterContainers } from "../container-rows.ts";
import type { CommandSpec } from "../flags.ts";
import { printRows } from "../rows.ts";

const COLUMNS = ["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"].map(
  (name) => `{{.${name}}}`,
);

const spec: CommandSpec = {
  name: "ps",
  summary: "List the containers that run",
  usage: "",
  flags: [
    { name: "all", short: "a", type: "boolean", description: "also those that have ended" },
    { name: "quiet", short: "q", type: "boolean", description: "only ids" },
    { name: "latest", short: "l", type: "boolean", description: "only the newest one, whatever its state" },
    {
      name: "last",
      short: "n",
      type: "string",
      value: "N",
      description: "only the newest ones, whatever their state",
    },
    {
      name: "size",
      short: "s",
      type: "boolean",
      description: "show what they have written, and with their image",
    },
    { name: "no-trunc", type: "boolean", description: "show ids and commands in full" },
    {
      name: "format",
      type: "string",
      value: "table|json|TEMPLATE",
      description: "how to print, for example '{{.Names}} {{.Status}}'",
    },
    {
      name: "filter",
      short: "f",
      type: "list",
      value: "K=V",
      description:
        "id=, name=, label=, status=, exited=, ancestor=, health=, publish=, expose=, before=, ...",
    },
  ],
  examples: ["tare ps -a", "tare ps --filter health=unhealthy --format '{{.Names}}'"],
};

export const command: Command = {
  spec,
  async run(flags, { out, env }) {
    takeAtMost(0, "ps", flags);
    const root = flags.string("root");
    const filters = flags.list("filter");
    const last = flags.boolean("latest") ? 1 : newest(flags.string("last"));
    const all =
      flags.boolean("all") ||
      last !== undefined ||
      filters.some((filter) => /^(status|exited)=/.test(filter));
    const format = flags.string("format");
    const isSized = flags.boolean("size") || /\.Size\b|^json$|\bjson \.(?!\w)/.test(format ?? "");
    const listed = await listContainers({
      all,
      size: isSized,
      environment: env,
      ...(root !== undefined && { root }),
    });
    const containers = filterContainers(listed, filters).slice(0, last);
    const rows = containerRows(containers, { now: Date.now(), truncate: !flags.boolean("no-trunc") });
    if (flags.boolean("quiet")) {
      for (const row of rows) out(`${row.ID}\n`);
      return 0;
    }
    printRows(rows, {
      format,
      columns: [...COLUMNS, ...(isSized ? ["{{.Size}}"] : [])],
      headers: CONTAINER_HEADERS,
      out,
    });
    return 0;
  },
};

/** -1, or nothing, is no limit. */
function newest(text: string | undefined): number | undefined {
  if (text === undefined || text === "-1") return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new TareError("user-bad-flag", `invalid value ${JSON.stringify(text)} for --last`, {
    hint: "write -n 5",
  });
}
