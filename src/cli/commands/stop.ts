import { stopContainer, TareError } from "../../api/index.ts";
import type { Command } from "../command.ts";
import { eachContainer } from "../each-container.ts";

export const command: Command = {
  spec: {
    name: "stop",
    summary: "Stop running containers: by their stop signal, and by SIGKILL when that does not do it",
    usage: "CONTAINER [CONTAINER...]",
    flags: [
      {
        name: "time",
        short: "t",
        type: "string",
        value: "SECONDS",
        description: "how long to wait before SIGKILL; -1 for ever (default: the container's, 10)",
      },
      { name: "timeout", type: "string", value: "SECONDS", description: "the same" },
      {
        name: "signal",
        short: "s",
        type: "string",
        value: "SIGNAL",
        description: "what to send first (default: the container's, SIGTERM)",
      },
    ],
    examples: ["tare stop -t 2 web"],
  },
  async run(flags, terminal) {
    const time = flags.string("time") ?? flags.string("timeout");
    if (time !== undefined && !/^(-1|\d+)$/.test(time))
      throw new TareError("user-bad-flag", `invalid value ${JSON.stringify(time)} for --time`, {
        hint: "write --time 10, or -1 to wait for ever",
      });
    const signal = flags.string("signal");
    const how = {
      ...(time !== undefined && { timeout: Number(time) }),
      ...(signal !== undefined && { signal }),
    };
    return eachContainer("stop", { flags, terminal }, async (choice) => {
      await stopContainer({ ...choice, ...how }, terminal.signal);
      return choice.container;
    });
  },
};
