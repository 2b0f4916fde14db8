import { describeImage, SBOM_FORMATS, TareError } from "../../api/index.ts";
import type { Command } from "../command.ts";
import { oneOf } from "../one-of.ts";
import { platformChoice, platformFlag } from "../platform-flag.ts";
import { writeResult } from "../write-result.ts";

export const command: Command = {
  spec: {
    name: "sbom",
    summary: "Print what software is in an image of the local store",
    usage: "IMAGE",
    flags: [
      {
        name: "format",
        type: "string",
        value: "cyclonedx|spdx",
        description: "CycloneDX 1.6 or SPDX 2.3, as JSON (default: cyclonedx)",
      },
      platformFlag,
      {
        name: "output",
        short: "o",
        type: "string",
        value: "FILE",
        description: "write to a file instead of standard output; - is standard output",
      },
    ],
    examples: ["tare sbom calculator", "tare sbom --format spdx -o calculator.spdx.json calculator"],
  },
  async run(flags, { env, out, signal }) {
    const [image, ...more] = flags.args;
    if (image === undefined || more.length > 0)
      throw new TareError(
        "user-bad-flag",
        `tare sbom requires exactly 1 argument, but got ${flags.args.length}`,
        { hint: "name an image of the local store: tare sbom IMAGE" },
      );
    const root = flags.string("root");
    const format = oneOf("format", flags.string("format") ?? "cyclonedx", SBOM_FORMATS);
    const text = await describeImage(
      { image, format, ...platformChoice(flags), environment: env, ...(root !== undefined && { root }) },
      signal,
    );
    const file = flags.string("output");
    if (file === undefined || file === "-") out(text);
    else await writeResult(file, text);
    return 0;
  },
};
