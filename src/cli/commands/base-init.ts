import { initBase } from "../../api/index.ts";
import { exactly, given } from "../base-flags.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  spec: {
    name: "base init",
    summary: "Write a first recipe, with comments, and its schema for editors; nothing is overwritten",
    usage: "FILE.yaml",
    flags: [
      {
        name: "extends",
        type: "string",
        value: "RECIPE",
        description: "what it begins with: NAME[:RELEASE] or ./FILE.yaml (default: base)",
      },
    ],
    examples: ["tare base init ours.yaml", "tare base init --extends python:12 ours.yaml"],
  },
  async run(flags, { out }) {
    const [path] = exactly(1, flags, "tare base init FILE.yaml");
    const { files } = await initBase({ path, ...given("extends", flags.string("extends")) });
    out(`wrote ${files.join(" and ")}\n`);
    return 0;
  },
};
