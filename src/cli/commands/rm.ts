import { removeContainer } from "../../api/index.ts";
import type { Command } from "../command.ts";
import { eachContainer } from "../each-container.ts";

export const command: Command = {
  spec: {
    name: "rm",
    summary: "Forget containers that have ended, with their logs",
    usage: "CONTAINER [CONTAINER...]",
    flags: [
      {
        name: "force",
        short: "f",
        type: "boolean",
        description: "kill those that run; what is not there is no error",
      },
      {
        name: "volumes",
        short: "v",
        type: "boolean",
        description: "with the volumes that were made for them alone",
      },
    ],
    examples: ["tare rm web", "tare rm -f $(tare ps -aq)"],
  },
  async run(flags, terminal) {
    const [force, volumes] = [flags.boolean("force"), flags.boolean("volumes")];
    // Who asks for that wants it gone, which it is.
    const forgiven = force ? ("resolve-container" as const) : undefined;
    return eachContainer("rm", { flags, terminal, forgiven }, async (choice) => {
      await removeContainer({ ...choice, force, volumes }, terminal.signal);
      return choice.container;
    });
  },
};
