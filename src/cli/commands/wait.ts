import { waitForContainer } from "../../api/index.ts";
import type { Command } from "../command.ts";
import { eachContainer } from "../each-container.ts";

export const command: Command = {
  spec: {
    name: "wait",
    summary: "Wait until containers have ended, and print their exit codes",
    usage: "CONTAINER [CONTAINER...]",
    flags: [],
    examples: ["tare wait job"],
  },
  run: (flags, terminal) =>
    eachContainer("wait", { flags, terminal }, async (choice) =>
      String(await waitForContainer(choice, terminal.signal)),
    ),
};
