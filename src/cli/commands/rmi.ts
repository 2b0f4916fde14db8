import { removeImages, TareError } from "../../api/index.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  spec: {
    name: "rmi",
    summary: "Remove names of images, and images with their last name",
    usage: "IMAGE [IMAGE...]",
    flags: [
      {
        name: "force",
        short: "f",
        type: "boolean",
        description: "remove an image given by id with all of its names",
      },
    ],
    examples: ["tare rmi calculator:old"],
  },
  async run(flags, { out, env }) {
    if (flags.args.length === 0)
      throw new TareError("user-bad-flag", "tare rmi requires at least 1 argument", {
        hint: "`tare images` lists the images",
      });
    const root = flags.string("root");
    const removal = await removeImages({
      names: flags.args,
      force: flags.boolean("force"),
      environment: env,
      ...(root !== undefined && { root }),
    });
    for (const name of removal.untagged) out(`Untagged: ${name}\n`);
    for (const id of removal.deleted) out(`Deleted: ${id}\n`);
    return 0;
  },
};
