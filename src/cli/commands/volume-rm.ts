import { removeVolume, TareError } from "../../api/index.ts";
import type { Command } from "../command.ts";
import { renderError } from "../render-error.ts";

export const command: Command = {
  spec: {
    name: "volume rm",
    summary: "Remove volumes with all that is in them",
    usage: "VOLUME [VOLUME...]",
    flags: [{ name: "force", short: "f", type: "boolean", description: "what is not there is no error" }],
    examples: ["tare volume rm data"],
  },
  async run(flags, { env, out, err, signal }) {
    if (flags.args.length === 0)
      throw new TareError("user-bad-flag", "tare volume rm requires at least 1 argument", {
        hint: "`tare volume ls` lists the volumes",
      });
    const root = flags.string("root");
    const choice = { environment: env, ...(root !== undefined && { root }) };
    let code = 0;
    for (const volume of flags.args)
      try {
        await removeVolume({ ...choice, volume }, signal);
        out(`${volume}\n`);
      } catch (error) {
        if (!(error instanceof TareError) || error.code === "user-cancelled") throw error;
        if (error.code === "resolve-volume" && flags.boolean("force")) {
          out(`${volume}\n`);
          continue;
        }
        err.write(renderError(error, { debug: flags.boolean("debug") }));
        code = 1;
      }
    return code;
  },
};
