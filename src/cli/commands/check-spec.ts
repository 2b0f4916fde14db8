import type { CommandSpec } from "../flags.ts";

export const checkSpec: CommandSpec = {
  name: "check",
  summary: "Find what is wrong with a Dockerfile without building it",
  usage: "PATH | -",
  flags: [
    {
      name: "file",
      short: "f",
      type: "string",
      value: "FILE",
      description: "the Dockerfile; - is standard input (default: PATH/Dockerfile)",
    },
    {
      name: "target",
      type: "string",
      value: "STAGE",
      description: "the stage that is built (default: the last one)",
    },
    {
      name: "build-arg",
      type: "list",
      value: "K[=V]",
      description: "value of an ARG; without =V taken from the environment",
    },
    {
      name: "build-context",
      type: "list",
      value: "NAME=SPEC",
      description: "what NAME stands for in FROM and --from, as in tare build",
    },
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
