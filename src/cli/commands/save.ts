import { ARCHIVE_FORMATS, type BuildEvent, saveImages, TareError } from "../../api/index.ts";
import type { Command } from "../command.ts";
import { oneOf } from "../one-of.ts";
import { platformChoice, platformFlag } from "../platform-flag.ts";

export const command: Command = {
  spec: {
    name: "save",
    summary: "Write images as an archive, for docker load, podman, skopeo and tare load",
    usage: "IMAGE [IMAGE...]",
    flags: [
      {
        name: "output",
        short: "o",
        type: "string",
        value: "FILE",
        description: "where to (default: standard output); a folder for oci-dir",
      },
      {
        name: "format",
        type: "string",
        value: "FORMAT",
        description: `${ARCHIVE_FORMATS.join(", ")} (default: ${ARCHIVE_FORMATS[0]})`,
      },
      {
        name: "provenance",
        type: "boolean",
        description: "attach what made each layer, as its build recorded it, in oci-archive and oci-dir",
      },
      {
        ...platformFlag,
        description:
          "of an image for several only this one (default: all; in a docker archive this machine's)",
      },
    ],
    examples: [
      "tare save -o app.tar app:1.0 app:latest",
      "tare save app | ssh host docker load",
      "tare save --format oci-dir --provenance -o layout app",
    ],
  },
  async run(flags, { env, err, signal }) {
    const output = flags.string("output") ?? "-";
    const format = oneOf("format", flags.string("format") ?? ARCHIVE_FORMATS[0], ARCHIVE_FORMATS);
    if (flags.args.length === 0)
      throw new TareError("user-bad-flag", "tare save requires at least 1 argument", {
        hint: "`tare images` lists the images",
      });
    if (output === "") throw new TareError("user-bad-flag", "--output is empty", { hint: "write -o FILE" });
    if (output === "-" && format === "oci-dir")
      throw new TareError("user-bad-flag", "oci-dir is a folder and needs -o FOLDER", {
        hint: "write -o FOLDER, or --format oci-archive for one file",
      });
    if (output === "-" && process.stdout.isTTY)
      throw new TareError("user-bad-flag", "an archive is not for a terminal", {
        hint: "write -o FILE, or send the output into a file or a program",
      });
    const root = flags.string("root");
    const provenance = flags.boolean("provenance");
    const choice = { environment: env, ...(root && { root }) };
    const request = { images: flags.args, format, output, provenance, ...platformChoice(flags), ...choice };
    const emit = (event: BuildEvent) => {
      if (event.type === "notice") err.write(`WARNING: ${event.message}\n`);
    };
    await saveImages({ ...request, emit, stdout: process.stdout }, signal);
    return 0;
  },
};
