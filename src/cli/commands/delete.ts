import { deleteRemote, TareError } from "../../api/index.ts";
import type { Command } from "../command.ts";

export const command: Command = {
  spec: {
    name: "delete",
    summary: "Delete images in their registry, by tag or by digest with all of their tags",
    usage: "NAME:TAG|NAME@DIGEST...",
    flags: [],
    examples: [
      "tare delete registry.example.com/team/app:old",
      "tare delete localhost:5000/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ],
  },
  async run(flags, { out, env, signal }) {
    if (flags.args.length === 0)
      throw new TareError("user-bad-flag", "tare delete requires at least 1 argument", {
        hint: "`tare tags NAME` lists the tags; `tare rmi` removes images of the local store",
      });
    for (const name of flags.args)
      out(`Deleted: ${await deleteRemote({ name, environment: env }, signal)}\n`);
    return 0;
  },
};
