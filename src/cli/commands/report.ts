import { reportImages, TareError } from "../../api/index.ts";
import { analysisFlags, analysisRequest, withProgress } from "../analysis-flags.ts";
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
      ...analysisFlags,
    ],
    examples: [
      "tare report calculator -o calculator.html",
      "tare report app:before app:after",
      "tare report alpine:3.20 build:final -o report.html",
    ],
  },
  async run(flags, terminal) {
    const images = flags.args;
    if (images.length === 0)
      throw new TareError("user-bad-flag", "tare report requires at least 1 argument", {
        hint: "name an image: tare report IMAGE; several are compared",
      });
    const file = flags.string("output") ?? "report.html";
    const request = { ...analysisRequest(flags, terminal), images };
    const page = await withProgress(flags, terminal, (emit) => reportImages(request, emit, terminal.signal));
    if (file === "-") terminal.out(page);
    else {
      await writeResult(file, page);
      terminal.out(`${file}: ${humanSize(Buffer.byteLength(page))}\n`);
    }
    return 0;
  },
};
