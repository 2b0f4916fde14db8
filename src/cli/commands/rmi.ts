import { removeImages, TareError } from "../../api/index.ts";
import type { Command } from "../command.ts";
import { platformChoice, platformFlag } from "../platform-flag.ts";
import { renderError } from "../render-error.ts";

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
        description:
          "also an id with several names, and what a running container uses; what is not there is no error",
      },
      { ...platformFlag, description: "of an image for several only the one for this platform" },
    ],
    ignored: [
      {
        name: "no-prune",
        type: "boolean",
        description: "layers and older images stay until `tare prune` in any case",
      },
    ],
    examples: ["tare rmi calculator:old"],
  },
  async run(flags, { out, err, env }) {
    if (flags.args.length === 0)
      throw new TareError("user-bad-flag", "tare rmi requires at least 1 argument", {
        hint: "`tare images` lists the images",
      });
    const root = flags.string("root");
    const force = flags.boolean("force");
    const removal = await removeImages({
      names: flags.args,
      force,
      ...platformChoice(flags),
      environment: env,
      ...(root !== undefined && { root }),
    });
    for (const name of removal.untagged) out(`Untagged: ${name}\n`);
    for (const id of removal.deleted) out(`Deleted: ${id}\n`);
    for (const error of removal.failures) err.write(renderError(error, { debug: flags.boolean("debug") }));
    return removal.failures.some(({ code }) => !force || code !== "resolve-image") ? 1 : 0;
  },
};
