import { showBase } from "../../api/index.ts";
import { exactly, given, platformFlag } from "../base-flags.ts";
import type { Command } from "../command.ts";
import { jsonText } from "../json-text.ts";
import { oneOf } from "../one-of.ts";

export const command: Command = {
  spec: {
    name: "base show",
    summary: "Show a recipe complete, with all that it extends, as a recipe that says the same",
    usage: "NAME[:VERSION] | FILE.yaml[:VERSION]",
    flags: [
      platformFlag,
      { name: "format", type: "string", value: "yaml|json", description: "how to print (default: yaml)" },
    ],
    examples: ["tare base show python", "tare base show --format json ./ours.yaml:12-debug"],
  },
  async run(flags, { out }) {
    const [reference] = exactly(1, flags, "tare base show RECIPE");
    const format = oneOf("format", flags.string("format") ?? "yaml", ["yaml", "json"] as const);
    const { recipe, text } = await showBase({ reference, ...given("platform", flags.string("platform")) });
    out(format === "json" ? jsonText(recipe) : text);
    return 0;
  },
};
