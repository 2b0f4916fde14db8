import { type ArchiveSource, type LoadedImage, loadImages, TareError } from "../../api/index.ts";
import { takeAtMost } from "../arguments.ts";
import { chooseProgress } from "../choose-progress.ts";
import type { Command } from "../command.ts";
import type { Terminal } from "../terminal.ts";

export const command: Command = {
  spec: {
    name: "load",
    summary: "Take images from a docker archive or an OCI layout",
    usage: "",
    flags: [
      {
        name: "input",
        short: "i",
        type: "string",
        value: "FILE|FOLDER",
        description: "the archive, compressed or not, or the folder of a layout (default: standard input)",
      },
      { name: "quiet", short: "q", type: "boolean", description: "no progress" },
      {
        name: "platform",
        type: "string",
        value: "OS/ARCH",
        description: "of images for several only this one (default: all)",
      },
      {
        name: "progress",
        type: "string",
        value: "MODE",
        description: "auto, tty, plain, rawjson or quiet, on standard error",
      },
    ],
    examples: ["tare load -i image.tar", "docker save app:1.0 | tare load", "tare load -i layout/"],
  },
  async run(flags, terminal) {
    takeAtMost(0, "load", flags);
    const { out, err, env, isTerminal, signal } = terminal;
    const source = sourceOf(flags.string("input"), terminal);
    const wanted = flags.boolean("quiet") ? "quiet" : flags.string("progress");
    const progress = chooseProgress({ wanted, isTerminal, screen: err, title: "Loading" });
    const [root, platform] = [flags.string("root"), flags.string("platform")];
    const request = { source, environment: env, ...(root && { root }), ...(platform && { platform }) };
    const loaded = await loadImages(request, progress.show, signal).finally(progress.end);
    for (const image of loaded) out(text(image));
    return 0;
  },
};

function sourceOf(input: string | undefined, { hasKeyboard }: Terminal): ArchiveSource {
  if (input !== undefined && input !== "-" && input !== "") return { path: input };
  if (!hasKeyboard) return { stream: process.stdin };
  throw new TareError("user-bad-flag", "requested load from stdin, but stdin is empty", {
    hint: "name the archive with -i FILE, or pipe it in",
  });
}

/** As docker says it. */
function text({ id, names, replaced }: LoadedImage): string {
  const renamed = replaced.map(
    ({ name, id: old }) =>
      `The image ${name} already exists, renaming the old one with ID ${old} to empty string\n`,
  );
  const lines =
    names.length > 0 ? names.map((name) => `Loaded image: ${name}\n`) : [`Loaded image ID: ${id}\n`];
  return [...renamed, ...lines].join("");
}
