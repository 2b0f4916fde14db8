import { buildBase, type LayerGrouping } from "../../api/index.ts";
import { sbomFlag, sbomGiven } from "../attest-flags.ts";
import { accessOf, exactly, given, mirrorFlag, platformFlag } from "../base-flags.ts";
import type { Command } from "../command.ts";
import type { Parsed } from "../flags.ts";
import { oneOf } from "../one-of.ts";
import { outputFlag, parseOutput } from "../output-flag.ts";
import { pairs } from "../pairs.ts";
import { showBuild, showFlags } from "../show-build.ts";

export const command: Command = {
  spec: {
    name: "base build",
    summary: "Compose the image of a recipe",
    usage: "NAME[:VERSION] | FILE.yaml[:VERSION]",
    flags: [
      { name: "tag", short: "t", type: "list", value: "NAME", description: "name of the image, NAME[:TAG]" },
      platformFlag,
      {
        name: "pull",
        type: "boolean",
        description: "resolve anew, with today's packages, where no lock says which",
      },
      {
        name: "no-cache",
        type: "boolean",
        description: "compose again, of packages that may be downloaded already",
      },
      {
        name: "layers",
        type: "string",
        value: "GROUPING",
        description: "which packages share a layer: single, origin or package (default: the recipe's)",
      },
      { name: "label", type: "list", value: "K=V", description: "label of the image" },
      outputFlag,
      {
        ...sbomFlag,
        description:
          "list of what is in the image, attached in -o type=oci and in registries (default: true)",
      },
      showFlags.iidfile,
      showFlags.metadata,
      showFlags.progress,
      showFlags.quiet,
      mirrorFlag,
    ],
    examples: [
      "tare base build -t python:3 python",
      "tare base build -t python:3-debug --platform linux/arm64 python:12-debug",
      "tare base build -t ours -o type=oci,dest=ours.tar ours.yaml",
    ],
  },
  async run(flags, terminal) {
    const [reference] = exactly(1, flags, "tare base build -t NAME RECIPE");
    const request = {
      ...accessOf(flags, terminal.env),
      ...given("platform", flags.string("platform")),
      reference,
      tags: flags.list("tag"),
      labels: pairs(flags.list("label"), () => ""),
      pull: flags.boolean("pull"),
      noCache: flags.boolean("no-cache"),
      outputs: flags.list("output").map(parseOutput),
      ...given("baseLayers", groupingOf(flags)),
      ...given("sbom", sbomGiven(flags)),
    };
    return showBuild(buildBase(request, { stdout: process.stdout }, terminal.signal), flags, terminal);
  },
};

function groupingOf(flags: Parsed): LayerGrouping | undefined {
  const text = flags.string("layers");
  return text === undefined ? undefined : oneOf("layers", text, ["single", "origin", "package"] as const);
}
