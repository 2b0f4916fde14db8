import { resolveBases } from "../../api/index.ts";
import { accessOf, atLeastOne, given, mirrorFlag, tellTargets } from "../base-flags.ts";
import { droppedTable, resolvedTable } from "../base-tables.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  spec: {
    name: "base resolve",
    summary: "Find the exact packages of recipes by today's signed lists, and lock them",
    usage: "FILE.yaml[:VERSION]...",
    flags: [
      {
        name: "platform",
        type: "list",
        value: "OS/ARCH",
        description: "only for this platform (default: all that the recipe names)",
      },
      {
        name: "release",
        type: "list",
        value: "RELEASE",
        description: "only for this Debian release: 13, 12 (default: all that the recipe names)",
      },
      {
        name: "output",
        short: "o",
        type: "string",
        value: "LOCK",
        description: "file to write (default: beside the recipe, NAME.lock.json)",
      },
      { name: "verbose", short: "v", type: "boolean", description: "also list what rules left out, and why" },
      mirrorFlag,
    ],
    examples: ["tare base resolve ours.yaml", "tare base resolve -o python.lock.json --release 13 python"],
  },
  async run(flags, terminal) {
    const references = atLeastOne(flags, "tare base resolve FILE.yaml");
    const request = {
      ...accessOf(flags, terminal.env),
      references,
      platforms: flags.list("platform"),
      releases: flags.list("release"),
      onTarget: tellTargets(terminal),
      ...given("output", flags.string("output")),
    };
    for (const { lock, outcome, targets } of await resolveBases(request, terminal.signal)) {
      terminal.out(resolvedTable(targets));
      if (flags.boolean("verbose")) terminal.out(droppedTable(targets));
      terminal.out(outcome === "written" ? `wrote ${lock}\n` : `${lock} is unchanged\n`);
    }
    return 0;
  },
};
