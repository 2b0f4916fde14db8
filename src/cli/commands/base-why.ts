import { explainPackage } from "../../api/index.ts";
import { accessOf, exactly, given, mirrorFlag, platformFlag } from "../base-flags.ts";
import type { Command } from "../command.ts";
import { jsonText } from "../json-text.ts";
import { oneOf } from "../one-of.ts";
import { whyText } from "../why-text.ts";

export const command: Command = {
  spec: {
    name: "base why",
    summary: "Tell why a package is in a base, or why it is not; 1 is the exit code when nothing wants it",
    usage: "NAME[:VERSION] | FILE.yaml[:VERSION] PACKAGE",
    flags: [
      platformFlag,
      { name: "format", type: "string", value: "text|json", description: "how to print (default: text)" },
      mirrorFlag,
    ],
    examples: ["tare base why python libssl3t64", "tare base why ours.yaml debconf"],
  },
  async run(flags, { out, env, signal }) {
    const [reference, name = ""] = exactly(2, flags, "tare base why RECIPE PACKAGE");
    const format = oneOf("format", flags.string("format") ?? "text", ["text", "json"] as const);
    const request = {
      ...accessOf(flags, env),
      ...given("platform", flags.string("platform")),
      reference,
      package: name,
    };
    const answer = await explainPackage(request, signal);
    out(format === "json" ? jsonText(answer) : whyText(name, answer));
    return answer.kind === "unneeded" ? 1 : 0;
  },
};
