import { execInContainer, TareError } from "../../api/index.ts";
import type { Command } from "../command.ts";
import { containerChoice } from "../each-container.ts";
import { environmentOf } from "../environment-flags.ts";
import { PROCESS_FLAGS } from "../run-flags.ts";

export const command: Command = {
  spec: {
    name: "exec",
    summary: "Run a further process in a running container",
    usage: "CONTAINER COMMAND [ARG...]",
    stopAtArgument: true,
    flags: [
      ...PROCESS_FLAGS,
      { name: "detach", short: "d", type: "boolean", description: "do not wait for it" },
      {
        name: "privileged",
        type: "boolean",
        description: "with every capability that a container could have",
      },
    ],
    examples: ["tare exec -it web sh", "tare exec -u 0 web ls -l /run"],
  },
  async run(flags, terminal) {
    const [container, ...args] = flags.args;
    if (container === undefined || args.length === 0)
      throw new TareError("user-bad-flag", "tare exec requires a container and a command", {
        hint: "write tare exec CONTAINER COMMAND",
      });
    const tty = flags.boolean("tty");
    if (tty && !terminal.hasKeyboard)
      throw new TareError("user-bad-flag", "the input device is not a terminal", {
        hint: "leave out -t; -i alone passes standard input on",
      });
    const workdir = flags.string("workdir");
    const user = flags.string("user");
    const request = {
      ...containerChoice(container, { flags, terminal }),
      args,
      env: environmentOf(flags, terminal.env),
      interactive: flags.boolean("interactive"),
      tty,
      detach: flags.boolean("detach"),
      privileged: flags.boolean("privileged"),
      ...(workdir !== undefined && { workdir }),
      ...(user !== undefined && { user }),
    };
    return (await execInContainer(request, terminal.signal)).exitCode;
  },
};
