import { reportImages, TareError } from "../../api/index.ts";
import { chooseProgress } from "../choose-progress.ts";
import type { Command } from "../command.ts";
import { humanSize } from "../units.ts";
import { writeResult } from "../write-result.ts";

export const command: Command = {
  spec: {
    name: "report",
    summary: "Write a page that shows what images weigh, what is in them and how they were built",
    usage: "IMAGE [IMAGE...]",
    flags: [
      {
        name: "output",
        short: "o",
        type: "string",
        value: "FILE",
        description: "file of the page (default: report.html); - is standard output",
      },
      {
        name: "platform",
        type: "string",
        value: "OS/ARCH",
        description: "of an image for several (default: DOCKER_DEFAULT_PLATFORM, else this machine's)",
      },
      {
        name: "progress",
        type: "string",
        value: "MODE",
        description: "auto, tty, plain, rawjson or quiet, on standard error",
      },
    ],
    examples: [
      "tare report calculator -o calculator.html",
      "tare report app:before app:after",
      "tare report ./app.tar -o - > report.html",
    ],
  },
  async run(flags, { out, err, env, isTerminal, signal }) {
    const images = flags.args;
    if (images.length === 0)
      throw new TareError("user-bad-flag", "tare report requires at least 1 argument", {
        hint: "name an image: tare report IMAGE; several are compared",
      });
    const file = flags.string("output") ?? "report.html";
    const [root, platform] = [flags.string("root"), flags.string("platform") ?? env.DOCKER_DEFAULT_PLATFORM];
    const wanted = flags.string("progress");
    const progress = chooseProgress({ wanted, isTerminal, screen: err, logLines: undefined });
    const request = { images, environment: env, ...(root && { root }), ...(platform && { platform }) };
    const page = await reportImages(request, progress.show, signal).finally(progress.end);
    if (file === "-") out(page);
    else {
      await writeResult(file, page);
      out(`${file}: ${humanSize(Buffer.byteLength(page))}\n`);
    }
    return 0;
  },
};
