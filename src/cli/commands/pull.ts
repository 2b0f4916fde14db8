import { familiarName, type PulledImage, pullAllTags, pullImage, TareError } from "../../api/index.ts";
import { takeOne } from "../arguments.ts";
import { chooseProgress } from "../choose-progress.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  spec: {
    name: "pull",
    summary: "Fetch an image from a registry",
    usage: "NAME[:TAG|@DIGEST]",
    flags: [
      { name: "all-tags", short: "a", type: "boolean", description: "all tags of the repository" },
      { name: "quiet", short: "q", type: "boolean", description: "print only the complete name" },
      {
        name: "platform",
        type: "string",
        value: "OS/ARCH",
        description: "of an image for several (default: DOCKER_DEFAULT_PLATFORM, else this machine's)",
      },
      {
        name: "all-platforms",
        type: "boolean",
        description: "of an image for several all of them; the name leads to an index of them then",
      },
      {
        name: "progress",
        type: "string",
        value: "MODE",
        description: "auto, tty, plain, rawjson or quiet, on standard error",
      },
    ],
    refused: {
      "disable-content-trust": "signatures are not verified yet; a name with @sha256:… pins the content",
    },
    examples: ["tare pull debian:13", "tare pull --platform linux/arm64 registry.example.com/team/app:1.0"],
  },
  async run(flags, { out, err, env, isTerminal, signal }) {
    const name = takeOne("pull", flags);
    const quiet = flags.boolean("quiet");
    const [root, platform] = [flags.string("root"), flags.string("platform") ?? env.DOCKER_DEFAULT_PLATFORM];
    const wanted = quiet ? "quiet" : flags.string("progress");
    const progress = chooseProgress({ wanted, isTerminal, screen: err, title: "Pulling" });
    const allPlatforms = flags.boolean("all-platforms");
    if (allPlatforms && flags.string("platform") !== undefined)
      throw new TareError("user-bad-flag", "--platform can not be used with --all-platforms", {
        hint: "leave out one of them",
      });
    const choice = { environment: env, ...(root && { root }), ...(platform && { platform }) };
    const request = { name, allPlatforms, ...choice };
    const pull = async () =>
      flags.boolean("all-tags")
        ? await pullAllTags(request, progress.show, signal)
        : [await pullImage(request, progress.show, signal)];
    for (const pulled of await pull().finally(progress.end)) out(quiet ? `${pulled.name}\n` : text(pulled));
    return 0;
  },
};

/** As docker says it. */
function text({ name, reference, digest, upToDate }: PulledImage): string {
  const status = upToDate ? "Image is up to date for" : "Downloaded newer image for";
  return [
    `${reference.tag ?? reference.digest}: Pulling from ${reference.path}`,
    `Digest: ${digest}`,
    `Status: ${status} ${familiarName(reference)}`,
    name,
    "",
  ].join("\n");
}
