import { explainPaths } from "../../api/index.ts";
import { takeImageAnd } from "../arguments.ts";
import { given, platformFlag } from "../base-flags.ts";
import type { Command } from "../command.ts";
import { oneOf } from "../one-of.ts";
import { pathReasonText } from "../path-reason-text.ts";

export const command: Command = {
  spec: {
    name: "why",
    summary: "Tell why a file is in an image; 1 is the exit code when it is not",
    usage: "IMAGE PATH…",
    flags: [
      { name: "format", type: "string", value: "text|json", description: "how to print (default: text)" },
      platformFlag,
    ],
    examples: [
      "tare why app /usr/lib/x86_64-linux-gnu/libssl.so.3",
      "tare why app /usr/share '/etc/**/*.conf'",
      "tare why registry.example.com/team/app:1.0 /bin/sh",
    ],
  },
  async run(flags, { out, env, signal }) {
    const [image, paths] = takeImageAnd("PATH", "why", flags);
    const format = oneOf("format", flags.string("format") ?? "text", ["text", "json"] as const);
    const request = {
      image,
      paths,
      environment: env,
      ...given("root", flags.string("root")),
      ...given("platform", flags.string("platform")),
    };
    const reasons = await explainPaths(request, undefined, signal);
    out(format === "json" ? `${JSON.stringify(reasons, null, 2)}\n` : pathReasonText(reasons));
    return reasons.some(({ found }) => found === "nothing") ? 1 : 0;
  },
};
