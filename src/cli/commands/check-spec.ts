import type { CommandSpec } from "../flags.ts";
import { dockerfileFlags } from "./dockerfile-flags.ts";

export const checkSpec: CommandSpec = {
  name: "check",
  summary: "Find what is wrong with a Dockerfile without building it",
  usage: "PATH | -",
  flags: [
    ...dockerfileFlags,
    {
      name: "format",
      type: "string",
      value: "FORMAT",
      description: "text, json (as docker's) or sarif (default: text)",
    },
    {
      name: "fix",
      type: "boolean",
      description: "write what can be fixed without doubt back to the Dockerfile",
    },
    { name: "skip", type: "list", value: "RULE", description: "leave a rule out; all leaves out every rule" },
    { name: "error", type: "boolean", description: "report findings as an error" },
  ],
  examples: ["tare check .", "tare check --fix .", "tare check --format sarif . > check.sarif"],
};
