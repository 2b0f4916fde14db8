import { explainPaths } from "../../api/index.ts";
import { analysisFlags, analysisRequest, withProgress } from "../analysis-flags.ts";
import { takeImageAnd } from "../arguments.ts";
import type { Command } from "../command.ts";
import { jsonText } from "../json-text.ts";
import { oneOf } from "../one-of.ts";
import { pathReasonText } from "../path-reason-text.ts";

export const command: Command = {
  spec: {
    name: "why",
    summary: "Tell why a file is in an image; 1 is the exit code when it is not",
    usage: "IMAGE PATH [PATH...]",
    flags: [
      { name: "format", type: "string", value: "text|json", description: "how to print (default: text)" },
      ...analysisFlags,
    ],
    examples: [
      "tare why app /usr/lib/x86_64-linux-gnu/libssl.so.3",
      "tare why app /usr/share '/etc/**/*.conf'",
      "tare why registry.example.com/team/app:1.0 /bin/sh",
    ],
  },
  async run(flags, terminal) {
    const [image, paths] = takeImageAnd("PATH", "why", flags);
    const format = oneOf("format", flags.string("format") ?? "text", ["text", "json"] as const);
    const request = { ...analysisRequest(flags, terminal), image, paths };
    const reasons = await withProgress(flags, terminal, (emit) =>
      explainPaths(request, emit, terminal.signal),
    );
    terminal.out(format === "json" ? jsonText(reasons) : pathReasonText(reasons));
    return reasons.some(({ found }) => found === "nothing") ? 1 : 0;
  },
};
