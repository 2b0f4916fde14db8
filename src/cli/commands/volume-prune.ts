import { pruneVolumes } from "../../api/index.ts";
import { takeAtMost } from "../arguments.ts";
import type { Command } from "../command.ts";
import { humanSize } from "../units.ts";
import { volumeTest } from "../volume-rows.ts";

export const command: Command = {
  spec: {
    name: "volume prune",
    summary: "Remove the volumes without a name that no container sees, with all that is in them",
    usage: "",
    flags: [
      { name: "all", short: "a", type: "boolean", description: "also those with a name" },
      { name: "filter", type: "list", value: "K=V", description: "label=K[=V], label!=K[=V]" },
      {
        name: "force",
        short: "f",
        type: "boolean",
        description: "accepted for docker's sake: tare never asks",
      },
    ],
    examples: ["tare volume prune", "tare volume prune --all --filter label!=keep"],
  },
  async run(flags, { env, out, signal }) {
    takeAtMost(0, "volume prune", flags);
    const root = flags.string("root");
    const tests = flags.list("filter").map((filter) => volumeTest(filter, ["label", "label!"]));
    const { names, bytes } = await pruneVolumes(
      {
        all: flags.boolean("all"),
        isWanted: (volume) => tests.every((test) => test(volume)),
        environment: env,
        ...(root !== undefined && { root }),
      },
      signal,
    );
    if (names.length > 0) out(`Deleted Volumes:\n${names.map((name) => `${name}\n`).join("")}\n`);
    out(`Total reclaimed space: ${humanSize(bytes)}\n`);
    return 0;
  },
};
