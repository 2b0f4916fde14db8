import type { Command } from "../command.ts";
import { runGroup } from "../group.ts";
import { command as create } from "./volume-create.ts";
import { command as inspect } from "./volume-inspect.ts";
import { command as ls } from "./volume-ls.ts";
import { command as prune } from "./volume-prune.ts";
import { command as rm } from "./volume-rm.ts";

export const command: Command = {
  spec: {
    name: "volume",
    summary: "Folders by name, which outlive the containers that write to them",
    usage: "VERB",
    flags: [],
    examples: ["tare volume create data && tare run -d -v data:/var/lib/mysql db", "tare volume ls"],
    verbs: [create, inspect, ls, prune, rm].map(({ spec }) => spec),
  },
  run: (flags, terminal) => runGroup(command.spec, { flags, terminal }),
};
