import { inspectContainer, inspectImage, TareError } from "../../api/index.ts";
import { visibleText } from "../../text/index.ts";
import type { Command } from "../command.ts";
import { type ContainerChoice, containerChoice } from "../each-container.ts";
import type { Parsed } from "../flags.ts";
import { containerView } from "../inspect-container-view.ts";
import { inspectView } from "../inspect-view.ts";
import { oneOf } from "../one-of.ts";
import { type PlatformChoice, platformChoice, platformFlag } from "../platform-flag.ts";
import { renderError } from "../render-error.ts";
import { compileTemplate } from "../template-evaluate.ts";
import { jsonOf, type Struct } from "../template-values.ts";
import type { Terminal } from "../terminal.ts";

export const command: Command = {
  spec: {
    name: "inspect",
    summary: "Show all that is known of containers and images, with Docker's field names",
    usage: "NAME [NAME...]",
    flags: [
      {
        name: "format",
        short: "f",
        type: "string",
        value: "json|TEMPLATE",
        description: "how to print, for example '{{.Config.Env}}' or '{{json .RootFS}}'",
      },
      {
        name: "type",
        type: "string",
        value: "container|image",
        description: "what the names are of (default: a container, else an image)",
      },
      platformFlag,
    ],
    refused: { size: "sizes are shown in any case", s: "sizes are shown in any case" },
    examples: [
      "tare inspect calculator",
      "tare inspect -f '{{.State.Status}} {{.State.OOMKilled}}' web",
      "tare inspect -f '{{join .Config.Entrypoint \" \"}} {{.Size}}' calculator:1.0 calculator:2.0",
    ],
  },
  async run(flags, terminal) {
    if (flags.args.length === 0)
      throw new TareError("user-bad-flag", "tare inspect requires at least 1 argument", {
        hint: "`tare images` lists the images",
      });
    const format = flags.string("format") ?? "";
    const template = format === "" || format === "json" ? undefined : compileTemplate(format);
    const { found, failed } = await inspectAll(flags, terminal);
    if (template) for (const image of found) terminal.out(`${visibleText(template.render(image))}\n`);
    else terminal.out(`${jsonOf(found, format === "json" ? undefined : 4)}\n`);
    return failed ? 1 : 0;
  },
};

/** What there is, and whether something is missing, which is told of as docker tells of it. */
async function inspectAll(
  flags: Parsed,
  terminal: Terminal,
): Promise<{ readonly found: readonly Struct[]; readonly failed: boolean }> {
  const type = oneOf("type", flags.string("type") || "any", ["any", "container", "image"]);
  const platform = platformChoice(flags);
  const found: Struct[] = [];
  let failed = false;
  for (const name of flags.args)
    try {
      found.push(
        await inspectOne(name, { type, ...platform, ...containerChoice(name, { flags, terminal }) }),
      );
    } catch (error) {
      if (!isMissing(error)) throw error;
      failed = true;
      terminal.err.write(renderError(error, { debug: flags.boolean("debug") }));
    }
  return { found, failed };
}

type Type = "any" | "container" | "image";

async function inspectOne(
  name: string,
  { type, ...choice }: ContainerChoice & PlatformChoice & { readonly type: Type },
): Promise<Struct> {
  if (type !== "image")
    try {
      return containerView(await inspectContainer(choice));
    } catch (error) {
      if (type === "container" || !isMissing(error)) throw error;
    }
  return inspectView(await inspectImage({ ...choice, image: name }));
}

function isMissing(error: unknown): error is TareError {
  return error instanceof TareError && ["resolve-image", "resolve-container"].includes(error.code);
}
