import { TareError, tagImage } from "../../api/index.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  spec: {
    name: "tag",
    summary: "Give an image a further name",
    usage: "IMAGE NAME[:TAG]",
    flags: [],
    examples: ["tare tag calculator:latest calculator:1.0"],
  },
  async run(flags, { env }) {
    const [source, target, ...more] = flags.args;
    if (source === undefined || target === undefined || more.length > 0)
      throw new TareError(
        "user-bad-flag",
        `tare tag requires exactly 2 arguments, but got ${flags.args.length}`,
        { hint: "write tare tag IMAGE NAME" },
      );
    const root = flags.string("root");
    await tagImage({ source, target, environment: env, ...(root !== undefined && { root }) });
    return 0;
  },
};
