import { copyImage, TareError } from "../../api/index.ts";
import { chooseProgress } from "../choose-progress.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  spec: {
    name: "copy",
    summary: "Copy an image between registries and archives, as it is; what is there is not read",
    usage: "SOURCE TARGET",
    flags: [
      { name: "platform", type: "string", value: "OS/ARCH", description: "only this one (default: all)" },
      { name: "quiet", short: "q", type: "boolean", description: "no progress" },
      {
        name: "progress",
        type: "string",
        value: "MODE",
        description: "auto, tty, plain, rawjson or quiet, on standard error",
      },
    ],
    refused: {
      all: "all platforms are copied by default",
      a: "all platforms are copied by default",
    },
    examples: [
      "tare copy debian:13 registry.example.com/mirror/debian:13",
      "tare copy --platform linux/arm64 docker://debian:13 oci:layout:13",
      "tare copy oci-archive:image.tar:1.0 localhost:5000/app:1.0",
    ],
  },
  async run(flags, { out, err, env, isTerminal, signal }) {
    const [source, target, ...more] = flags.args;
    if (source === undefined || target === undefined || more.length > 0)
      throw new TareError(
        "user-bad-flag",
        `tare copy requires exactly 2 arguments, but got ${flags.args.length}`,
        { hint: "write tare copy SOURCE TARGET" },
      );
    const platform = flags.string("platform");
    const wanted = flags.boolean("quiet") ? "quiet" : flags.string("progress");
    const progress = chooseProgress({ wanted, isTerminal, screen: err, title: "Copying" });
    const request = { source, target, environment: env, ...(platform !== undefined && { platform }) };
    const copied = await copyImage(request, progress.show, signal).finally(progress.end);
    out(`${copied.target.replace(/@sha256:.*$/, "")}@${copied.digest}\n`);
    return 0;
  },
};
