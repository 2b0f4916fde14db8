import { killContainer } from "../../api/index.ts";
import type { Command } from "../command.ts";
import { eachContainer } from "../each-container.ts";

export const command: Command = {
  spec: {
    name: "kill",
    summary: "Send a signal to running containers",
    usage: "CONTAINER [CONTAINER...]",
    flags: [
      {
        name: "signal",
        short: "s",
        type: "string",
        value: "SIGNAL",
        description: "by name or number (default: SIGKILL)",
      },
    ],
    examples: ["tare kill -s HUP web"],
  },
  async run(flags, terminal) {
    const signal = flags.string("signal") ?? "SIGKILL";
    return eachContainer("kill", { flags, terminal }, async (choice) => {
      await killContainer({ ...choice, signal }, terminal.signal);
      return choice.container;
    });
  },
};
