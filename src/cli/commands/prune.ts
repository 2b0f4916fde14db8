import { pruneStore } from "../../api/index.ts";
import { takeAtMost } from "../arguments.ts";
import type { Command } from "../command.ts";
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
      { name: "dry-run", short: "n", type: "boolean", description: "tell what would go, and keep it" },
      {
        name: "force",
        short: "f",
        type: "boolean",
        description: "accepted for docker's sake: tare never asks",
      },
    ],
    examples: ["tare prune", "tare prune --all --dry-run"],
  },
  async run(flags, { out, env, signal }) {
    takeAtMost(0, "prune", flags);
    const root = flags.string("root");
    const dryRun = flags.boolean("dry-run");
    const report = await pruneStore(
      { all: flags.boolean("all"), dryRun, environment: env, ...(root !== undefined && { root }) },
      signal,
    );
    const { images, keys, layers, blobs, temporary } = report;
    const counts = Object.entries({ images, "cache records": keys, layers, blobs, leftovers: temporary });
    out(`${counts.map(([what, count]) => `${what}: ${count}`).join(", ")}\n`);
    out(`Total ${dryRun ? "reclaimable" : "reclaimed"} space: ${humanSize(report.bytes)}\n`);
    return 0;
  },
};
