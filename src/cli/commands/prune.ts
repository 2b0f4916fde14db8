import { pruneStore } from "../../api/index.ts";
import { takeAtMost } from "../arguments.ts";
import type { Command } from "../command.ts";
import { pruneFilters } from "../prune-filter.ts";
import { parseBytes } from "../step-flags.ts";
import { humanSize } from "../units.ts";

export const command: Command = {
  spec: {
    name: "prune",
    summary:
      "Remove what the store does not need: leftovers of killed builds, images without a name, layers that nothing leads to",
    usage: "",
    flags: [
      {
        name: "all",
        short: "a",
        type: "boolean",
        description: "also the build cache, composed bases and downloaded packages",
      },
      {
        name: "filter",
        type: "list",
        value: "K=V",
        description:
          "until=24h: what was not used since; label=K[=V], label!=K[=V]: of images only, no cache",
      },
      {
        name: "keep-storage",
        type: "string",
        value: "SIZE",
        description:
          "the build cache too, until no more than so much of it is left; what was used last stays",
      },
      { name: "volumes", type: "boolean", description: "also volumes without a name that no container sees" },
      { name: "dry-run", short: "n", type: "boolean", description: "tell what would go, and keep it" },
      {
        name: "force",
        short: "f",
        type: "boolean",
        description: "accepted for docker's sake: tare never asks",
      },
    ],
    refused: {
      "reserved-space": "write --keep-storage",
      "max-used-space": "write --keep-storage",
      "min-free-space": "write --keep-storage",
    },
    examples: [
      "tare prune",
      "tare prune --all --dry-run",
      "tare prune --all --filter until=72h",
      "tare prune --keep-storage 10GB",
    ],
  },
  async run(flags, { out, env, signal }) {
    takeAtMost(0, "prune", flags);
    const root = flags.string("root");
    const dryRun = flags.boolean("dry-run");
    const keepStorage = flags.string("keep-storage");
    const request = {
      all: flags.boolean("all"),
      dryRun,
      volumes: flags.boolean("volumes"),
      environment: env,
      ...pruneFilters(flags.list("filter"), Date.now()),
      ...(keepStorage !== undefined && { keepStorage: parseBytes("keep-storage", keepStorage) }),
      ...(root !== undefined && { root }),
    };
    const report = await pruneStore(request, signal);
    const { images, keys, layers, blobs, containers, volumes, temporary } = report;
    const rest = { ...(flags.boolean("volumes") && { volumes }), leftovers: temporary };
    const counts = Object.entries({ containers, images, "cache records": keys, layers, blobs, ...rest });
    out(`${counts.map(([what, count]) => `${what}: ${count}`).join(", ")}\n`);
    out(`Total ${dryRun ? "reclaimable" : "reclaimed"} space: ${humanSize(report.bytes)}\n`);
    return 0;
  },
};
