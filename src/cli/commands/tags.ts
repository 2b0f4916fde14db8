import { remoteTags } from "../../api/index.ts";
import { takeOne } from "../arguments.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  spec: {
    name: "tags",
    summary: "List the tags of a repository in its registry",
    usage: "NAME",
    flags: [],
    examples: ["tare tags debian", "tare tags registry.example.com/team/app"],
  },
  async run(flags, { out, env, signal }) {
    const repository = takeOne("tags", flags);
    for (const tag of await remoteTags({ repository, environment: env }, signal)) out(`${tag}\n`);
    return 0;
  },
};
