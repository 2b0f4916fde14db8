import { removeContainer } from "../../api/index.ts";
import type { Command } from "../command.ts";
import { eachContainer } from "../each-container.ts";

export const command: Command = {
  spec: {
    name: "rm",
    summary: "Forget containers that have ended, with their logs",
    usage: "CONTAINER [CONTAINER...]",
    flags: [
      { name: "force", short: "f", type: "boolean", description: "kill those that run" },
      {
        name: "volumes",
        short: "v",
        type: "boolean",
        description: "accepted for docker's sake: there are no anonymous volumes",
      },
    ],
    examples: ["tare rm web", "tare rm -f $(tare ps -aq)"],
  },
  async run(flags, terminal) {
    const force = flags.boolean("force");
    return eachContainer("rm", { flags, terminal }, async (choice) => {
      await removeContainer({ ...choice, force }, terminal.signal);
      return choice.container;
    });
  },
};
