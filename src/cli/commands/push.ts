import { formatPlatform, type PushedImage, pushImage } from "../../api/index.ts";
import { takeOne } from "../arguments.ts";
import { sbomFlag, sbomGiven } from "../attest-flags.ts";
import { chooseProgress } from "../choose-progress.ts";
import type { Command } from "../command.ts";
import { platformChoice, platformFlag } from "../platform-flag.ts";

export const command: Command = {
  spec: {
    name: "push",
    summary: "Put an image into a registry; what is there is neither read nor sent",
    usage: "NAME[:TAG]",
    flags: [
      {
        name: "all-tags",
        short: "a",
        type: "boolean",
        description: "all tags of the repository that are here",
      },
      {
        ...sbomFlag,
        description: "attach a list of what is in the image, in the registry: true (both), cyclonedx or spdx",
      },
      {
        name: "provenance",
        type: "boolean",
        description: "attach what made each layer, in the registry, as its build recorded it",
      },
      {
        ...platformFlag,
        description: "of an image for several only the one for this platform (default: all)",
      },
      { name: "quiet", short: "q", type: "boolean", description: "print only the complete name" },
      {
        name: "progress",
        type: "string",
        value: "MODE",
        description: "auto, tty, plain, rawjson or quiet, on standard error",
      },
    ],
    refused: { "disable-content-trust": "images are not signed yet" },
    examples: ["tare push registry.example.com/team/app:1.0", "tare push --all-tags localhost:5000/app"],
  },
  async run(flags, { out, err, env, isTerminal, signal }) {
    const name = takeOne("push", flags);
    const quiet = flags.boolean("quiet");
    const root = flags.string("root");
    const wanted = quiet ? "quiet" : flags.string("progress");
    const progress = chooseProgress({ wanted, isTerminal, screen: err, title: "Pushing" });
    const request = {
      name,
      allTags: flags.boolean("all-tags"),
      sbom: sbomGiven(flags) ?? [],
      ...(flags.boolean("provenance") && { provenance: {} }),
      ...platformChoice(flags),
      environment: env,
      ...(root && { root }),
    };
    const pushed = await pushImage(request, progress.show, signal).finally(progress.end);
    for (const image of pushed) out(quiet ? `${completeName(image)}\n` : text(image));
    return 0;
  },
};

/** As docker says it. */
function text({ reference: { domain, path, tag }, digest, size, layers, images = [] }: PushedImage): string {
  const lines = layers.map(({ digest: layer, outcome, from }) => {
    const short = layer.slice("sha256:".length, "sha256:".length + 12);
    return `${short}: ${OUTCOMES[outcome]}${from === undefined ? "" : ` from ${from}`}`;
  });
  return [
    `The push refers to repository [${domain}/${path}]`,
    ...lines,
    ...images.map((image) => `${formatPlatform(image.platform)}: digest: ${image.digest}`),
    `${tag}: digest: ${digest} size: ${size}`,
    "",
  ].join("\n");
}

const OUTCOMES = { pushed: "Pushed", exists: "Layer already exists", mounted: "Mounted" } as const;

function completeName({ reference: { domain, path, tag } }: PushedImage): string {
  return `${domain}/${path}:${tag}`;
}
