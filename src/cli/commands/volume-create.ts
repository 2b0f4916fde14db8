import { createVolume, TareError } from "../../api/index.ts";
import { takeAtMost } from "../arguments.ts";
import type { Command } from "../command.ts";
import { pairs } from "../pairs.ts";

export const command: Command = {
  spec: {
    name: "volume create",
    summary: "Make an empty volume, and print its name; one that is there stays as it is",
    usage: "[VOLUME]",
    flags: [
      { name: "name", type: "string", value: "VOLUME", description: "the same as VOLUME" },
      { name: "label", type: "list", value: "K=V", description: "label of the volume" },
      { name: "driver", short: "d", type: "string", value: "local", description: "there is no other one" },
    ],
    refused: {
      opt: "a volume is a folder of the store; for another place use -v FOLDER:/TARGET",
      o: "a volume is a folder of the store; for another place use -v FOLDER:/TARGET",
    },
    examples: ["tare volume create data"],
  },
  async run(flags, { env, out }) {
    takeAtMost(1, "volume create", flags);
    const [given] = flags.args;
    const [volume, root] = [given ?? flags.string("name"), flags.string("root")];
    if ((flags.string("driver") ?? "local") !== "local")
      throw new TareError("user-bad-flag", `there is no volume driver ${flags.string("driver")}`, {
        hint: "a volume is a folder of the store, driver local; leave out --driver",
      });
    const labels = pairs(flags.list("label"), () => "");
    const choice = { environment: env, ...(root !== undefined && { root }) };
    out(`${await createVolume({ ...choice, labels, ...(volume !== undefined && { volume }) })}\n`);
    return 0;
  },
};
