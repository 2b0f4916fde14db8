import { inspectVolume, TareError } from "../../api/index.ts";
import { visibleText } from "../../text/index.ts";
import type { Command } from "../command.ts";
import { renderError } from "../render-error.ts";
import { compileTemplate } from "../template-evaluate.ts";
import { jsonOf, type Struct } from "../template-values.ts";
import { volumeView } from "../volume-rows.ts";

export const command: Command = {
  spec: {
    name: "volume inspect",
    summary: "Show all that is known of volumes, with Docker's field names",
    usage: "VOLUME [VOLUME...]",
    flags: [
      {
        name: "format",
        short: "f",
        type: "string",
        value: "json|TEMPLATE",
        description: "how to print, for example '{{.Mountpoint}}'",
      },
    ],
    examples: ["tare volume inspect -f '{{.Mountpoint}}' data"],
  },
  async run(flags, terminal) {
    if (flags.args.length === 0)
      throw new TareError("user-bad-flag", "tare volume inspect requires at least 1 argument", {
        hint: "`tare volume ls` lists the volumes",
      });
    const format = flags.string("format") ?? "";
    const template = format === "" || format === "json" ? undefined : compileTemplate(format);
    const root = flags.string("root");
    const choice = { environment: terminal.env, ...(root !== undefined && { root }) };
    const found: Struct[] = [];
    for (const volume of flags.args)
      try {
        found.push(volumeView(await inspectVolume({ ...choice, volume })));
      } catch (error) {
        if (!(error instanceof TareError) || error.code !== "resolve-volume") throw error;
        terminal.err.write(renderError(error, { debug: flags.boolean("debug") }));
      }
    if (template) for (const one of found) terminal.out(`${visibleText(template.render(one))}\n`);
    else terminal.out(`${jsonOf(found, format === "json" ? undefined : 4)}\n`);
    return found.length < flags.args.length ? 1 : 0;
  },
};
